using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Core;

/// <summary>
/// The calls that wait in this activation, by attempt: for their turn, with the ends of their slices in order, or to be told a place
/// that is not durable yet.
/// </summary>
internal sealed class WaitingCalls(LockPolicy policy, ActivationClock clock, QueueJournal journal, DueWrites due, Pace pace)
{
    private const int Spare = 64;

    private readonly Dictionary<LeaseId, PendingCall> _byLeaseId = [];

    // Calls whose slice is over, and that are told their place as soon as it is durable.
    private Dictionary<LeaseId, PendingCall>? _awaitingPlace;

    // Those of calls that were answered early stay here for a while, and are passed over. They must not keep the calls themselves: a busy
    // key answers tens of thousands in the time of a slice.
    private readonly PriorityQueue<LeaseId, TimeSpan> _sliceEnds = new();

    private List<LockCommand.Hear>? _heard;

    // All that await their place were heard then, or have joined since.
    private TimeSpan _awaitingHeardAt;

    /// <summary>When the next slice ends.</summary>
    public TimeSpan NextSliceEnd => _sliceEnds.TryPeek(out _, out var at) ? at : TimeSpan.MaxValue;

    /// <summary>Whether somebody is to be told a place that is not durable yet.</summary>
    public bool AwaitsPlace => _awaitingPlace is { Count: > 0 };

    /// <summary>
    /// Has a call wait. A client that calls again has given up its earlier call: both would get the same answer, but only one is listened to.
    /// </summary>
    public void Add(Waiter waiter, PendingCall call)
    {
        if (_byLeaseId.Remove(waiter.LeaseId, out var earlier) || (AwaitsPlace && _awaitingPlace!.Remove(waiter.LeaseId, out earlier)))
            earlier!.AnswerUnknown("A later copy of this request waits in its place.");
        call.StartWaiting(waiter);
        _byLeaseId.Add(waiter.LeaseId, call);
        _sliceEnds.Enqueue(waiter.LeaseId, waiter.AttachedUntil);
        if (_sliceEnds.Count > (2 * _byLeaseId.Count) + Spare)
            ForgetAnswered();
    }

    public bool TryTake(LeaseId leaseId, [NotNullWhen(true)] out PendingCall? call) => _byLeaseId.Remove(leaseId, out call);

    public bool IsWaiting(LeaseId leaseId) => _byLeaseId.ContainsKey(leaseId);

    /// <summary>Takes a call, unless it does not wait.</summary>
    public bool TryTake(PendingCall call, LeaseId leaseId) => _byLeaseId.TryGetValue(leaseId, out var waiting) && waiting == call && _byLeaseId.Remove(leaseId);

    /// <summary>Tells of one waiting call whose slice has ended; it stays until it is taken.</summary>
    public bool TryNextEnded(TimeSpan now, out LeaseId leaseId)
    {
        while (_sliceEnds.TryPeek(out var next, out var at) && at <= now)
        {
            _sliceEnds.Dequeue();
            leaseId = next;
            if (_byLeaseId.TryGetValue(next, out var call) && call.WaitsUntil == at)
                return true;
        }

        leaseId = default;
        return false;
    }

    /// <summary>Ends a call with its place, as soon as that is durable.</summary>
    public void TellPlace(PendingCall call, LeaseId leaseId, LockState state)
    {
        if (call.Ticket < journal.CommittedTail)
        {
            AnswerPlace(call, state);
            return;
        }

        var now = clock.Elapsed;
        if (!AwaitsPlace)
            _awaitingHeardAt = now;
        (_awaitingPlace ??= []).Add(leaseId, call);
        Note(leaseId, now);
        if (call.Ticket >= journal.FlushedTail)
            due.QueueAtOnce();
        else
            due.RecordAtOnce();
    }

    /// <summary>Answers those whose places have become durable.</summary>
    public void TellDurablePlaces(LockState state)
    {
        if (!AwaitsPlace)
            return;
        foreach (var (leaseId, call) in _awaitingPlace!)
        {
            if (call.Ticket < journal.CommittedTail)
                AnswerPlace(call, state);
            if (call.IsCompleted)
                _awaitingPlace.Remove(leaseId);
        }
    }

    /// <summary>A place is told only when it is durable, in answer to a heartbeat too.</summary>
    public LockReply.Heard WithDurablePlaces(LockReply.Heard heard) => heard with
    {
        Places = [.. heard.Places.Select(place => place.Ticket < journal.CommittedTail ? place with { Estimate = EstimateFor(place.Ticket, place.Place) } : place with { Place = 0 })],
    };

    /// <summary>
    /// Who was heard of since it was asked last. Who awaits its place is here, and must not be dropped however long the writes take.
    /// </summary>
    public IReadOnlyList<LockCommand.Hear> TakeHeard(TimeSpan now)
    {
        if (AwaitsPlace && now >= _awaitingHeardAt + policy.Slice)
        {
            _awaitingHeardAt = now;
            foreach (var leaseId in _awaitingPlace!.Keys)
                Note(leaseId, now);
        }

        if (_heard is not { } heard)
            return [];
        _heard = null;
        return heard;
    }

    /// <summary>Ends all calls of an activation that has stored everything: who has a durable place is told it.</summary>
    public void EndAll(LockState? state, string detail)
    {
        foreach (var call in TakeAll())
        {
            if (state is not null && call.Ticket < journal.CommittedTail)
                AnswerPlace(call, state);
            else
                call.AnswerUnknown(detail);
        }
    }

    public IReadOnlyList<PendingCall> TakeAll()
    {
        PendingCall[] calls = [.. _byLeaseId.Values, .. _awaitingPlace?.Values.AsEnumerable() ?? []];
        _byLeaseId.Clear();
        _awaitingPlace = null;
        _sliceEnds.Clear();
        return calls;
    }

    private void AnswerPlace(PendingCall call, LockState state)
    {
        if (state.FindTicket(call.Ticket) is not { } waiter)
        {
            call.AnswerUnknown("The wait ended while its place was being told.");
            return;
        }

        // Its slice may have ended before a slow write. Only now does its caller learn that it has to come back: it has as long for that as if
        // it had been answered in time. An answer that is in time says nothing of a client, which may have died in its call.
        Note(waiter.LeaseId, clock.Elapsed - policy.Slice);
        var place = state.PlaceOf(waiter);
        call.Answer(new LockReply.Queued(call.Ticket, place, state.Queue.Count, EstimateFor(call.Ticket, place)));
    }

    // An upgrade, which has no ticket, waits for those who hold: the pace of the queue says nothing of that.
    private TimeSpan? EstimateFor(long ticket, int place) => ticket > 0 ? pace.EstimateFor(place) : null;

    private void Note(LeaseId leaseId, TimeSpan at) => (_heard ??= []).Add(new LockCommand.Hear(leaseId, at));

    private void ForgetAnswered()
    {
        _sliceEnds.Clear();
        _sliceEnds.EnqueueRange(_byLeaseId.Select(waiting => (waiting.Key, waiting.Value.WaitsUntil)));
    }
}
