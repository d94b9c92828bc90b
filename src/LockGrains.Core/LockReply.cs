using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>What a lock answers: a closed set.</summary>
public abstract record LockReply
{
    private LockReply()
    {
    }

    /// <summary>The attempt holds the lock.</summary>
    /// <param name="Lease">Its hold.</param>
    /// <param name="ValueVersion">The version of the key's value, which a holder needs to set it.</param>
    public sealed record Granted(Lease Lease, long ValueVersion = 0) : LockReply;

    /// <summary>The attempt waits.</summary>
    /// <param name="Ticket">Its ticket.</param>
    /// <param name="Place">Its place, 1 for the next in line.</param>
    /// <param name="QueueLength">How many wait.</param>
    /// <param name="Estimate">How long the wait will probably last; null while nobody can say.</param>
    public sealed record Queued(long Ticket, int Place, int QueueLength, TimeSpan? Estimate = null) : LockReply;

    /// <summary>The attempt does not hold the lock and does not wait for it.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="QueueLength">How many wait.</param>
    /// <param name="Detail">What was wrong with the request, for people.</param>
    public sealed record Denied(DenyReason Reason, int QueueLength, string? Detail = null) : LockReply;

    /// <summary>The hold was changed as asked, or had been by an earlier copy, or the copy came late: this is what is held now.</summary>
    /// <param name="Lease">The hold.</param>
    public sealed record Changed(Lease Lease) : LockReply;

    /// <summary>The lease was extended.</summary>
    /// <param name="Lease">The hold.</param>
    /// <param name="Waiters">How many wait for the lock.</param>
    public sealed record Renewed(Lease Lease, int Waiters = 0) : LockReply;

    /// <summary>The hold was ended, or the wait given up, as asked.</summary>
    /// <param name="Reason">How it ended: by release, cancel or revocation.</param>
    /// <param name="FencingToken">The token of the hold, where there was one; the largest, where several were ended.</param>
    /// <param name="Count">How many holds were ended.</param>
    public sealed record Ended(EndReason Reason, FencingToken FencingToken = default, int Count = 0) : LockReply;

    /// <summary>The attempt does not hold the lock (or nothing was there to cancel or revoke); nothing changed.</summary>
    /// <param name="Reason">How it ended before, where that is known.</param>
    public sealed record NotHeld(EndReason Reason) : LockReply;

    /// <summary>The attempt holds the lock now.</summary>
    /// <param name="Lease">The hold.</param>
    public sealed record Current(Lease Lease) : LockReply;

    /// <summary>The key's value: as asked, or as it is where another version was expected.</summary>
    /// <param name="Value">The value; null for none.</param>
    /// <param name="Version">Its version.</param>
    /// <param name="IsConflict">Whether it was not set, because it has another version.</param>
    public sealed record ValueIs(KeyValue? Value, long Version, bool IsConflict = false) : LockReply;

    /// <summary>The key's limit: as asked, or as it is where another version was expected.</summary>
    /// <param name="Limit">The limit; 0 for none.</param>
    /// <param name="Version">Its version.</param>
    /// <param name="IsConflict">Whether it was not set, because it has another version.</param>
    public sealed record LimitIs(int Limit, long Version, bool IsConflict = false) : LockReply;

    /// <summary>Whether a hold is over.</summary>
    /// <param name="IsOver">True when storage has its end; false when it was found current a short while ago, or never was a hold of this key.</param>
    public sealed record EndIs(bool IsOver) : LockReply;

    /// <summary>A heartbeat was heard.</summary>
    /// <param name="Places">For each attempt that it named, in its order, where that waits in a call; none for one that has to call again.</param>
    /// <param name="QueueLength">How many wait.</param>
    public sealed record Heard(ImmutableArray<WaiterPlace> Places, int QueueLength) : LockReply;

    /// <summary>Nothing to say: the command was the clock's.</summary>
    public sealed record None : LockReply
    {
        /// <summary>The only one there need be.</summary>
        public static None Instance { get; } = new();
    }

    /// <summary>
    /// Nobody can say: a write may or may not have been applied, or this activation is not (any more) the one to ask. Never made by the
    /// state machine.
    /// </summary>
    /// <param name="Detail">What happened, for people.</param>
    public sealed record Unknown(string Detail) : LockReply;
}

/// <summary>Where an attempt waits in a call.</summary>
/// <param name="Ticket">Its ticket; 0 when it does not wait in a call.</param>
/// <param name="Place">Its place, 1 for the next in line.</param>
/// <param name="Estimate">How long its wait will probably last; null while nobody can say.</param>
public readonly record struct WaiterPlace(long Ticket, int Place, TimeSpan? Estimate = null);
