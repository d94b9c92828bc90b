using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>One coordinator, alive in a silo, and the interpreter between it and the judge.</summary>
internal sealed class Activation : ILockCoordinatorObserver
{
    private readonly World _world;
    private readonly long _madeAt;
    private IReadOnlyList<Guid> _endedInRecord = [];
    private bool _hasRead;

    public Activation(World world, Silo silo, int key)
    {
        _world = world;
        _madeAt = world.Loop.Now;
        Silo = silo;
        Facts = new ActivationFacts { Id = world.NextActivationId(), Key = key, Silo = silo.Index };
        world.Judge.OnActivation(Facts);
        Coordinator = new LockCoordinator(new StoreLink(world, this, key), silo.Process.Clock, world.PolicyOf(silo.Index), this, sessions: silo.Sessions);
    }

    public Silo Silo { get; }

    public ActivationFacts Facts { get; }

    public LockCoordinator Coordinator { get; }

    public void OnEvent(LockEvent lockEvent, LockTime now, int queueLength)
    {
        var told = Translation.Of(lockEvent, now) with { DecidedAt = _madeAt + Silo.Process.Clock.ToTrue(now.Monotonic.Ticks) };
        _world.Coverage.Add(Translation.MarkOf(lockEvent));
        _world.Timeline?.Add($"silo{Silo.Index}", $"{Facts}: {told.Kind} {Short.Of(told.Lease)} {(told.Token != 0 ? $"token {told.Token} " : "")}"
            + $"{(told.Ticket != 0 ? $"ticket {told.Ticket} " : "")}{(told.Change != 0 ? $"change {told.Change} " : "")}{(told.End != EndKind.None ? told.End : "")}"
            + $"{(told.Kind is EventKind.Granted or EventKind.Changed ? told.Mode : "")}");
        _world.Judge.OnEvent(Facts, told);
    }

    public void OnWritten(RecordName name, int bytes, TimeSpan elapsed)
    {
    }

    public void OnLoaded(LockState state, bool fenced)
    {
        _world.Coverage.Add(Facts.FoundNothing ? Mark.LoadedEmpty : fenced ? Mark.LoadedFenced : Mark.LoadedIdle);
        _world.Timeline?.Add($"silo{Silo.Index}", $"{Facts}: loaded epoch {state.Epoch} last token {state.LastToken} "
            + $"{(state.Holders.IsEmpty ? "free" : $"held by {string.Join(", ", state.Holders.Select(lease => Short.Of(lease.LeaseId.Value)))}")} "
            + $"{state.Queue.Count} waiting{(fenced ? " (fenced)" : "")}");
        _world.Judge.OnRestored(Facts, [.. state.Queue.Waiters.Select(waiter => waiter.LeaseId.Value)]);
        _world.Judge.OnLoaded(Facts, fenced, state.Holders.Select(lease => (lease.LeaseId.Value, lease.Term.Ticks)), _endedInRecord);
    }

    public void OnQuarantined(QuarantineReason reason, Exception? exception)
    {
        _world.Timeline?.Add($"silo{Silo.Index}", $"{Facts}: quarantined, {reason}: {exception?.Message}");
        switch (reason)
        {
            case QuarantineReason.Conflict:
                _world.Coverage.Add(Mark.QuarantinedByConflict);
                break;
            case QuarantineReason.OutcomeUnknown when exception is TimeoutException && exception.Message.Contains("forgotten meanwhile", StringComparison.Ordinal):
                _world.Coverage.Add(Mark.CreateTooOld);
                break;
            case QuarantineReason.OutcomeUnknown when exception is StoreFaultException or TimeoutException:
                _world.Coverage.Add(Mark.QuarantinedByUnknownOutcome);
                break;
            case QuarantineReason.BadRecord when _world.WasDamaged(Facts.Key):
                _world.Coverage.Add(Mark.QuarantinedByBadRecord);
                break;
            default:
                _world.Judge.Fail("no defect", $"{Facts} was quarantined by {reason}: {exception}");
                break;
        }

        Judge.OnOver(Facts);
    }

    public void OnForgotten(bool wasStored, bool isUnused)
    {
        if (!wasStored)
            _world.Coverage.Add(Mark.ForgottenUnstored);
        if (isUnused)
            Silo.Stop(Facts.Key, this);
    }

    /// <summary>A record was deleted, compared before.</summary>
    public void NoteDeleted(RecordName name)
    {
        _world.Coverage.Add(name == RecordName.Lock ? Mark.RecordForgotten : Mark.SlotForgotten);
        _world.Timeline?.Add("store", $"{Facts} deleted {name}");
        if (name == RecordName.Lock)
            _world.Judge.OnForgotten(Facts);
        else
            _world.Judge.OnSlotDeleted(Facts, SlotOf(name), _world.Store.NamesOf(Facts.Key).Where(left => left != RecordName.Lock).Select(SlotOf));
    }

    private static int SlotOf(RecordName name) => int.Parse(name.ToString().AsSpan("queue-".Length), CultureInfo.InvariantCulture);

    /// <summary>It asks for the record.</summary>
    public void NoteAsked() => _world.Judge.OnAsked(Facts);

    /// <summary>It asks for the deletion of a record.</summary>
    public void NoteForgetting(RecordName name)
    {
        Judge.OnForgetting(Facts);
        if (name == RecordName.Lock)
            NoteAsked();
    }

    public void NoteRead(StoredRecord record)
    {
        _world.Judge.OnChecked(Facts);
        if (record.ETag is null)
            _world.Judge.OnFoundNothing(Facts);
        if (_hasRead)
            return;
        _hasRead = true;
        Facts.FoundNothing = record.Data.IsEmpty;
        Facts.HasReadDamage = _world.IsDamaged(Facts.Key);
        var commit = Translation.TryDecode(record.Data);
        _world.Judge.OnRead(Facts, commit);
        _endedInRecord = commit?.Ended ?? [];
    }

    public void NoteWritten(RecordName name, ReadOnlyMemory<byte> data)
    {
        if (name != RecordName.Lock)
        {
            _world.Coverage.Add(name == RecordName.QueueSlot(0) ? Mark.ChunkWritten : Mark.SecondChunkWritten);
            _world.Timeline?.Add("store", $"{Facts} wrote {name}");
            _world.Judge.OnChunkWritten(Facts);
            return;
        }

        if (Translation.TryDecode(data) is not { } commit)
        {
            _world.Judge.Fail("no defect", $"{Facts} wrote a record that cannot be read");
            return;
        }

        _world.Timeline?.Add("store", $"{Facts} wrote: epoch {commit.Epoch} token {commit.LastToken} "
            + $"{(commit.Holders.Count == 0 ? "free" : $"held by {string.Join(", ", commit.Holders.Select(holder => holder.Share))}")} "
            + $"tickets {commit.FirstTicket}..{commit.NextTicket}");
        _world.Judge.OnCommitted(Facts, commit);
    }
}
