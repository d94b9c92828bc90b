using System.Collections.Immutable;
using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>Turns Core's types into the plain facts of the judge.</summary>
internal static class Translation
{
    public static EventFacts Of(LockEvent lockEvent, LockTime now) => lockEvent switch
    {
        LockEvent.LeaseGranted granted => Of(EventKind.Granted, granted.Lease, now) with { Ticket = granted.Waiter?.Ticket ?? 0 },
        LockEvent.LeaseRenewed renewed => Of(EventKind.Renewed, renewed.Lease, now),
        LockEvent.LeaseEnded ended => Of(EventKind.LeaseEnded, ended.Lease, now) with { End = Of(ended.Reason) },
        LockEvent.WaiterQueued queued => Of(EventKind.Queued, queued.Waiter, now),
        LockEvent.WaitEnded ended => Of(EventKind.WaitEnded, ended.Waiter, now) with { End = Of(ended.Reason) },
        LockEvent.HoldChanged changed => Of(EventKind.Changed, changed.After, now) with { ModeBefore = Of(changed.Before.Mode), HasWaited = changed.Waiter is not null },
        LockEvent.UpgradeEnded ended => Of(EventKind.UpgradeEnded, ended.Waiter, now) with { End = Of(ended.Reason) },
        _ => throw new ArgumentException($"The judge does not know the event {lockEvent.GetType().Name}.", nameof(lockEvent)),
    };

    public static Mark MarkOf(LockEvent lockEvent) => lockEvent switch
    {
        LockEvent.LeaseGranted { Waiter: null } => Mark.GrantedAtOnce,
        LockEvent.LeaseGranted => Mark.GrantedToWaiter,
        LockEvent.LeaseRenewed => Mark.Renewed,
        LockEvent.LeaseEnded { Reason: EndReason.Released } => Mark.LeaseReleased,
        LockEvent.LeaseEnded { Reason: EndReason.Revoked } => Mark.LeaseRevoked,
        LockEvent.LeaseEnded { Reason: EndReason.SessionEnded } => Mark.LeaseEndedBySession,
        LockEvent.LeaseEnded => Mark.LeaseExpired,
        LockEvent.WaitEnded { Reason: EndReason.Cancelled } => Mark.WaitCancelled,
        LockEvent.WaitEnded { Reason: EndReason.TimedOut } => Mark.WaitTimedOut,
        LockEvent.WaitEnded { Reason: EndReason.SessionEnded } => Mark.WaitEndedBySession,
        LockEvent.WaitEnded => Mark.WaiterDropped,
        LockEvent.HoldChanged { Waiter: not null } => Mark.UpgradedAfterWait,
        LockEvent.HoldChanged changed => changed.After.FencingToken != changed.Before.FencingToken ? Mark.UpgradedAtOnce : Mark.GivenBack,
        LockEvent.UpgradeEnded { Reason: EndReason.TimedOut } => Mark.UpgradeTimedOut,
        LockEvent.UpgradeEnded { Reason: EndReason.Dropped } => Mark.UpgradeDropped,
        LockEvent.UpgradeEnded => Mark.UpgradeCancelled,
        _ => Mark.WaiterQueued,
    };

    public static AnswerFacts Of(LockAnswer answer) => answer.Reply switch
    {
        LockReply.Granted granted => Of(AnswerKind.Granted, granted.Lease, answer),
        LockReply.Renewed renewed => Of(AnswerKind.Renewed, renewed.Lease, answer),
        LockReply.Current current => Of(AnswerKind.Current, current.Lease, answer),
        LockReply.Changed changed => Of(AnswerKind.Changed, changed.Lease, answer),
        LockReply.Queued queued => new AnswerFacts(AnswerKind.Queued, Ticket: queued.Ticket, Place: queued.Place, QueueLength: queued.QueueLength),
        LockReply.Heard { Places: [{ Ticket: 0, Place: 0 }] } => new AnswerFacts(AnswerKind.CallAgain),
        LockReply.Heard { Places: [var place], QueueLength: var length } => new AnswerFacts(AnswerKind.Waits, Ticket: place.Ticket, Place: place.Place, QueueLength: length),
        LockReply.Denied denied => new AnswerFacts(Of(denied.Reason), QueueLength: denied.QueueLength),
        LockReply.Ended ended => new AnswerFacts(AnswerKind.Ended, ended.FencingToken.Value, End: Of(ended.Reason)),
        LockReply.ValueIs value => new AnswerFacts(AnswerKind.ValueIs) { Value = Of(value.Value), Version = value.Version, IsConflict = value.IsConflict },
        LockReply.LimitIs limit => new AnswerFacts(AnswerKind.LimitIs) { Value = limit.Limit, Version = limit.Version, IsConflict = limit.IsConflict },
        LockReply.NotHeld notHeld => new AnswerFacts(AnswerKind.NotHeld, End: Of(notHeld.Reason)),
        _ => new AnswerFacts(AnswerKind.Unknown),
    };

    /// <summary>Reads a stored lock record; null when it is none.</summary>
    public static CommitFacts? TryDecode(ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty)
            return null;
        try
        {
            return Of(RecordCodec.DecodeLock(data), data.Length);
        }
        catch (RecordFormatException)
        {
            return null;
        }
    }

    public static HoldMode Of(LockMode mode) => mode switch
    {
        LockMode.Shared => HoldMode.Shared,
        LockMode.Upgradeable => HoldMode.Upgradeable,
        _ => HoldMode.Exclusive,
    };

    public static LockMode Of(HoldMode mode) => mode switch
    {
        HoldMode.Shared => LockMode.Shared,
        HoldMode.Upgradeable => LockMode.Upgradeable,
        _ => LockMode.Exclusive,
    };

    private static CommitFacts Of(LockRecord record, int bytes) => new(
        record.Epoch,
        record.LastToken.Value,
        record.LastTokenAt,
        Map(record.Holders, Of),
        record.FirstTicket,
        record.NextTicket,
        record.CommittedTail,
        Map(record.Ended, static ended => ended.LeaseId.Value),
        record.Chunks.Length,
        bytes)
    {
        Data = record.Data is not { } data ? default
            : new KeyDataFacts(data.Limit, data.LimitVersion, Of(data.Value), data.ValueVersion, data.Value?.SetBy.Value ?? default, data.Value?.KeptUntil ?? 0),
    };

    /// <summary>The values of a world are numbers.</summary>
    public static NewValue ValueOf(int value, TimeSpan? keepFor) => new(value == 0 ? [] : [.. BitConverter.GetBytes(value)], keepFor);

    private static int Of(KeyValue? value) => value is null ? 0 : BitConverter.ToInt32(value.Bytes.AsSpan());

    // Done at each write: the array is as long as it is to be from the start.
    private static TTo[] Map<TFrom, TTo>(ImmutableArray<TFrom> items, Func<TFrom, TTo> map)
    {
        var mapped = new TTo[items.Length];
        for (var index = 0; index < mapped.Length; index++)
            mapped[index] = map(items[index]);
        return mapped;
    }

    private static HolderFacts Of(Lease lease) => new(
        new ShareFacts(lease.LeaseId.Value, lease.FencingToken.Value, Of(lease.Mode))
        {
            Permits = lease.Permits,
            Limit = lease.Request.Limit,
            Numbers = lease.Numbers,
        },
        lease.Change,
        lease.ExpiresAtUnixMilliseconds - (long)lease.Term.TotalMilliseconds,
        lease.Term.Ticks)
    {
        IsForeign = lease.Request.OwnerId == Attempt.ForeignOwner,
        IsUnderSession = lease.Request.Session is not null,
    };

    private static AnswerFacts Of(AnswerKind kind, Lease lease, LockAnswer answer) => new(kind, lease.FencingToken.Value, answer.ValidFor.Ticks)
    {
        Mode = Of(lease.Mode),
        Permits = lease.Permits,
        Numbers = lease.Numbers,
        Change = lease.Change,
    };

    private static EventFacts Of(EventKind kind, Lease lease, LockTime now) =>
        new(kind, lease.LeaseId.Value, lease.FencingToken.Value, 0, EndKind.None, now.UnixMilliseconds, lease.Term.Ticks)
        {
            Mode = Of(lease.Mode),
            Change = lease.Change,
        };

    private static EventFacts Of(EventKind kind, Waiter waiter, LockTime now) =>
        new(kind, waiter.LeaseId.Value, 0, waiter.Ticket, EndKind.None, now.UnixMilliseconds, 0) { Change = waiter.Change };

    private static EndKind Of(EndReason reason) => reason switch
    {
        EndReason.Released => EndKind.Released,
        EndReason.Expired => EndKind.Expired,
        EndReason.Revoked => EndKind.Revoked,
        EndReason.Cancelled => EndKind.Cancelled,
        EndReason.TimedOut => EndKind.TimedOut,
        EndReason.Dropped => EndKind.Dropped,
        EndReason.SessionEnded => EndKind.SessionEnded,
        _ => EndKind.None,
    };

    private static AnswerKind Of(DenyReason reason) => reason switch
    {
        DenyReason.Busy => AnswerKind.Busy,
        DenyReason.TimedOut => AnswerKind.TimedOut,
        DenyReason.QueueFull => AnswerKind.QueueFull,
        DenyReason.Ended => AnswerKind.Over,
        DenyReason.NotHeld => AnswerKind.NotHeld,
        DenyReason.Limit => AnswerKind.OverLimit,
        DenyReason.SessionEnded => AnswerKind.SessionOver,
        _ => AnswerKind.Invalid,
    };
}
