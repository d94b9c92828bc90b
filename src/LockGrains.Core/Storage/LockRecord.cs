using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// The lock record as it is stored: small, and of a size that does not depend on the length of the queue. What it says about the
/// queue are cursors; the waiters are in chunks.
/// </summary>
public sealed record LockRecord
{
    /// <summary>How much longer than it takes to forget a key its record must be unused to count as left behind: 1 min, for clocks that differ.</summary>
    public static readonly TimeSpan LeftBehindMargin = TimeSpan.FromMinutes(1);

    /// <summary>The epoch of the activation that wrote it.</summary>
    public required long Epoch { get; init; }

    /// <summary>The highest token so far.</summary>
    public required FencingToken LastToken { get; init; }

    /// <summary>When that token was drawn, in milliseconds of the wall clock.</summary>
    public required long LastTokenAt { get; init; }

    /// <summary>Those who hold.</summary>
    public required ImmutableArray<Lease> Holders { get; init; }

    /// <summary>The attempts that ended last.</summary>
    public required ImmutableArray<EndedLease> Ended { get; init; }

    /// <summary>The next ticket.</summary>
    public required long NextTicket { get; init; }

    /// <summary>All tickets below are settled, whatever a chunk says.</summary>
    public required long FirstTicket { get; init; }

    /// <summary>All tickets below that still wait are in a chunk; at and above, a chunk's entry was never confirmed and counts for nothing.</summary>
    public required long CommittedTail { get; init; }

    /// <summary>The chunks that hold waiters, in ticket order.</summary>
    public required ImmutableArray<ChunkPlace> Chunks { get; init; }

    /// <summary>Who has left a chunk that still names it, for each chunk that is to be written again, in their order.</summary>
    public required ImmutableArray<EndedTickets> EndedTickets { get; init; }

    /// <summary>The key's limit and value; null where it has neither.</summary>
    public KeyData? Data { get; init; }

    /// <summary>The record of a state.</summary>
    internal static LockRecord Of(LockState state, long committedTail, ImmutableArray<ChunkPlace> chunks, ImmutableArray<EndedTickets> endedTickets) => new()
    {
        Epoch = state.Epoch,
        LastToken = state.LastToken,
        LastTokenAt = state.LastTokenAt,
        Holders = state.Holders,
        Ended = state.Ended.Youngest(),
        NextTicket = state.Queue.NextTicket,
        FirstTicket = state.Queue.FirstTicket,
        CommittedTail = committedTail,
        Chunks = chunks,
        EndedTickets = endedTickets,
        Data = state.Data,
    };

    /// <summary>
    /// Whether nobody seems to have used the key for so long that its activation should have forgotten it: most likely its silo is gone.
    /// Nothing is decided by this but to look at the key, so that an activation finds out and forgets it.
    /// </summary>
    /// <param name="unixMilliseconds">The wall clock.</param>
    /// <param name="forgetAfter">After how long silos forget an unused key.</param>
    public bool IsLeftBehind(long unixMilliseconds, TimeSpan forgetAfter)
    {
        var usedUntil = LastTokenAt;
        foreach (var lease in Holders)
            usedUntil = Math.Max(usedUntil, lease.ExpiresAtUnixMilliseconds);
        var kept = Data?.KeptFor(unixMilliseconds) ?? TimeSpan.Zero;
        if (kept == Timeout.InfiniteTimeSpan || kept > TimeSpan.Zero)
            return false;
        return unixMilliseconds - usedUntil >= (long)(forgetAfter + LeftBehindMargin).TotalMilliseconds;
    }

    /// <summary>
    /// Whether an entry of a chunk waits, as far as its ticket was not noted as ended. The chunk may be behind this record: where it was
    /// deleted, a late write may have put back what it held long ago.
    /// </summary>
    /// <param name="waiter">The entry.</param>
    /// <param name="settled">What <see cref="SettledLeases"/> gave.</param>
    internal bool CountsAsWaiting(Waiter waiter, IReadOnlySet<LeaseId> settled) => IsOpen(waiter) && !settled.Contains(waiter.LeaseId);

    /// <summary>The attempts of which this record knows that they wait no more: they hold, or are over.</summary>
    internal IReadOnlySet<LeaseId> SettledLeases() => new HashSet<LeaseId>([.. Holders.Select(lease => lease.LeaseId), .. Ended.Select(ended => ended.LeaseId)]);

    /// <summary>Whether its ticket is one that this record leaves to the chunks.</summary>
    internal bool IsOpen(Waiter waiter) => waiter.Ticket >= FirstTicket && waiter.Ticket < CommittedTail;
}

/// <summary>Where a chunk of the queue is stored.</summary>
/// <param name="Number">The chunk's number: its tickets begin at this times <see cref="QueueChunk.Size"/>.</param>
/// <param name="Slot">The slot that it is stored in.</param>
public readonly record struct ChunkPlace(long Number, int Slot);

/// <summary>A chunk of the queue as it is stored: the waiters of one run of tickets.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Waiters">Its waiters in ticket order.</param>
public sealed record QueueChunk(long Number, ImmutableArray<Waiter> Waiters)
{
    /// <summary>How many tickets a chunk spans.</summary>
    public const int Size = 256;

    /// <summary>The first ticket of a chunk.</summary>
    /// <param name="number">The chunk's number.</param>
    public static long FirstTicketOf(long number) => number * Size;

    /// <summary>The chunk of a ticket.</summary>
    /// <param name="ticket">The ticket.</param>
    public static long NumberOf(long ticket) => ticket / Size;
}
