using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>Everything there is to know about one lock. Immutable; only <see cref="LockStateMachine"/> makes the next one.</summary>
public sealed record LockState
{
    private LockState()
    {
    }

    /// <summary>Raised by one by every activation that takes the key over: what fences the ones before it.</summary>
    public required long Epoch { get; init; }

    /// <summary>The highest token so far, or the floor below which none may be granted.</summary>
    public required FencingToken LastToken { get; init; }

    /// <summary>Those who hold the lock: today none or one; a list, because shared and counted grants will have more.</summary>
    public required ImmutableArray<Lease> Holders { get; init; }

    /// <summary>Those who wait.</summary>
    public required WaitQueue Queue { get; init; }

    /// <summary>Those who were here before.</summary>
    public required EndedLeases Ended { get; init; }

    /// <summary>When the queue is next looked through for waiters that stopped coming. Not stored.</summary>
    public required TimeSpan SweepAt { get; init; }

    /// <summary>A lock without a record: never used, or forgotten. Its tokens start at the clock, ahead of all that were lost.</summary>
    /// <param name="now">The instant.</param>
    /// <param name="policy">The bounds.</param>
    public static LockState Create(LockTime now, LockPolicy policy) => new()
    {
        Epoch = 1,
        LastToken = FencingToken.None.RaisedToClock(now.UnixMilliseconds, policy.MaxClockSkew),
        Holders = [],
        Queue = WaitQueue.Empty,
        Ended = EndedLeases.Empty,
        SweepAt = TimeSpan.MaxValue,
    };

    /// <summary>
    /// A lock as a new activation finds it in storage. Monotonic deadlines died with the activation that knew them, so each lease gets
    /// its last term again, in full (etcd's lessor does the same when a new leader takes over): late is safe, early is not. Waiters
    /// keep their places for a while to come back.
    /// </summary>
    /// <param name="epoch">The epoch that the record was written in.</param>
    /// <param name="lastToken">Its highest token.</param>
    /// <param name="holders">Its leases.</param>
    /// <param name="waiters">Its waiters in ticket order.</param>
    /// <param name="nextTicket">Its next ticket.</param>
    /// <param name="ended">The ended attempts that it remembers.</param>
    /// <param name="now">The instant.</param>
    /// <param name="policy">The bounds.</param>
    public static LockState Restore(
        long epoch,
        FencingToken lastToken,
        ImmutableArray<Lease> holders,
        IEnumerable<Waiter> waiters,
        long nextTicket,
        ImmutableArray<EndedLease> ended,
        LockTime now,
        LockPolicy policy)
    {
        var dropAt = now.Monotonic + policy.ReattachWindow;
        var queue = WaitQueue.From(
            waiters.Select(waiter => waiter with { EnqueuedAt = now.Monotonic, AttachedUntil = now.Monotonic, DropAt = dropAt }),
            nextTicket);
        return new LockState
        {
            Epoch = epoch + 1,
            LastToken = lastToken,
            Holders = [.. holders.Select(lease => TakeOver(lease, now, policy))],
            Queue = queue,
            Ended = EndedLeases.From(ended),
            SweepAt = queue.IsEmpty ? TimeSpan.MaxValue : dropAt,
        };
    }

    /// <summary>The lease of an attempt, or null when it holds nothing.</summary>
    /// <param name="leaseId">The attempt.</param>
    public Lease? FindHolder(LeaseId leaseId)
    {
        foreach (var lease in Holders)
        {
            if (lease.LeaseId == leaseId)
                return lease;
        }

        return null;
    }

    /// <summary>When time alone will next change this lock: a lease ends, or a waiter that stopped coming is to be dropped.</summary>
    /// <returns>The instant on the monotonic clock; <see cref="TimeSpan.MaxValue"/> for never.</returns>
    public TimeSpan NextDeadline()
    {
        var deadline = Queue.IsEmpty ? TimeSpan.MaxValue : SweepAt;
        foreach (var lease in Holders)
            deadline = Min(deadline, lease.ExpiresAt);

        // With nobody holding, the queue stands still for the first waiter, and it alone decides how long.
        return Holders.IsEmpty && !Queue.IsEmpty ? Min(deadline, Queue.First.DropAt) : deadline;
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static Lease TakeOver(Lease lease, LockTime now, LockPolicy policy)
    {
        // A key that changes hands again and again must not keep a dead holder alive for ever. A live one would have renewed.
        var sinceExpiry = now.UnixMilliseconds - lease.ExpiresAtUnixMilliseconds;
        var byWallClock = policy.MaxClockSkew - TimeSpan.FromMilliseconds(sinceExpiry);
        var remaining = lease.Restarts < policy.RestartsMax ? lease.Term : Clamp(byWallClock, lease.Term);
        return lease with { GrantedAt = now.Monotonic, ExpiresAt = now.Monotonic + remaining, Restarts = lease.Restarts + 1 };
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan max) => value < TimeSpan.Zero ? TimeSpan.Zero : value < max ? value : max;
}
