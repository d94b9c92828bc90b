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
        _ => throw new ArgumentException($"The judge does not know the event {lockEvent.GetType().Name}.", nameof(lockEvent)),
    };

    public static Mark MarkOf(LockEvent lockEvent) => lockEvent switch
    {
        LockEvent.LeaseGranted { Waiter: null } => Mark.GrantedAtOnce,
        LockEvent.LeaseGranted => Mark.GrantedToWaiter,
        LockEvent.LeaseRenewed => Mark.Renewed,
        LockEvent.LeaseEnded { Reason: EndReason.Released } => Mark.LeaseReleased,
        LockEvent.LeaseEnded { Reason: EndReason.Revoked } => Mark.LeaseRevoked,
        LockEvent.LeaseEnded => Mark.LeaseExpired,
        LockEvent.WaitEnded { Reason: EndReason.Cancelled } => Mark.WaitCancelled,
        LockEvent.WaitEnded { Reason: EndReason.TimedOut } => Mark.WaitTimedOut,
        LockEvent.WaitEnded => Mark.WaiterDropped,
        _ => Mark.WaiterQueued,
    };

    public static AnswerFacts Of(LockAnswer answer) => answer.Reply switch
    {
        LockReply.Granted granted => new AnswerFacts(AnswerKind.Granted, granted.Lease.FencingToken.Value, answer.ValidFor.Ticks),
        LockReply.Renewed renewed => new AnswerFacts(AnswerKind.Renewed, renewed.Lease.FencingToken.Value, answer.ValidFor.Ticks),
        LockReply.Current current => new AnswerFacts(AnswerKind.Current, current.Lease.FencingToken.Value, answer.ValidFor.Ticks),
        LockReply.Queued queued => new AnswerFacts(AnswerKind.Queued, Ticket: queued.Ticket, Place: queued.Place, QueueLength: queued.QueueLength),
        LockReply.Heard { Places: [{ Ticket: 0 }] } => new AnswerFacts(AnswerKind.CallAgain),
        LockReply.Heard { Places: [var place], QueueLength: var length } => new AnswerFacts(AnswerKind.Waits, Ticket: place.Ticket, Place: place.Place, QueueLength: length),
        LockReply.Denied denied => new AnswerFacts(Of(denied.Reason), QueueLength: denied.QueueLength),
        LockReply.Ended ended => new AnswerFacts(AnswerKind.Ended, ended.FencingToken.Value, End: Of(ended.Reason)),
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

    private static CommitFacts Of(LockRecord record, int bytes)
    {
        var holder = record.Holders.IsEmpty ? null : record.Holders[^1];
        return new CommitFacts(
            record.Epoch,
            record.LastToken.Value,
            record.Holders.Length,
            holder?.LeaseId.Value ?? Guid.Empty,
            holder?.FencingToken.Value ?? 0,
            (holder?.ExpiresAtUnixMilliseconds ?? 0) - (long)(holder?.Term.TotalMilliseconds ?? 0),
            holder?.Term.Ticks ?? 0,
            record.FirstTicket,
            record.NextTicket,
            record.CommittedTail,
            [.. record.Ended.Select(ended => ended.LeaseId.Value)],
            record.Chunks.Length,
            bytes);
    }

    private static EventFacts Of(EventKind kind, Lease lease, LockTime now) =>
        new(kind, lease.LeaseId.Value, lease.FencingToken.Value, 0, EndKind.None, now.UnixMilliseconds, lease.Term.Ticks);

    private static EventFacts Of(EventKind kind, Waiter waiter, LockTime now) =>
        new(kind, waiter.LeaseId.Value, 0, waiter.Ticket, EndKind.None, now.UnixMilliseconds, 0);

    private static EndKind Of(EndReason reason) => reason switch
    {
        EndReason.Released => EndKind.Released,
        EndReason.Expired => EndKind.Expired,
        EndReason.Revoked => EndKind.Revoked,
        EndReason.Cancelled => EndKind.Cancelled,
        EndReason.TimedOut => EndKind.TimedOut,
        EndReason.Dropped => EndKind.Dropped,
        _ => EndKind.None,
    };

    private static AnswerKind Of(DenyReason reason) => reason switch
    {
        DenyReason.Busy => AnswerKind.Busy,
        DenyReason.TimedOut => AnswerKind.TimedOut,
        DenyReason.QueueFull => AnswerKind.QueueFull,
        DenyReason.Ended => AnswerKind.Over,
        _ => AnswerKind.Invalid,
    };
}
