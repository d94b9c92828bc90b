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

    /// <summary>When <see cref="LastToken"/> was drawn, in milliseconds of the wall clock.</summary>
    public required long LastTokenAt { get; init; }

    /// <summary>Those who hold the lock.</summary>
    public required ImmutableArray<Lease> Holders { get; init; }

    /// <summary>Those who wait.</summary>
    public required WaitQueue Queue { get; init; }

    /// <summary>The upgrade that waits, before the queue; null while there is none. Not stored: its hold is its place, and its client calls again.</summary>
    public Waiter? Upgrade { get; init; }

    /// <summary>The key's limit and value; null where it has neither, and never had.</summary>
    public KeyData? Data { get; init; }

    /// <summary>Those who were here before.</summary>
    public required EndedLeases Ended { get; init; }

    /// <summary>When the queue is next looked through for waiters that stopped coming. Not stored.</summary>
    public required TimeSpan SweepAt { get; init; }

    /// <summary>
    /// Since when those who were not present then are doubted; null while nobody is. Not stored.
    /// </summary>
    public TimeSpan? DoubtedAt { get; init; }

    /// <summary>A lock without a record: never used, or forgotten. Its tokens start at the clock, ahead of all that were lost.</summary>
    /// <param name="now">The instant.</param>
    /// <param name="policy">The bounds.</param>
    public static LockState Create(LockTime now, LockPolicy policy) => new()
    {
        Epoch = 1,
        LastToken = FencingToken.None.RaisedToClock(now.UnixMilliseconds, policy.MaxClockSkew),
        LastTokenAt = now.UnixMilliseconds,
        Holders = [],
        Queue = WaitQueue.Empty,
        Ended = EndedLeases.Empty,
        SweepAt = TimeSpan.MaxValue,
    };

    /// <summary>
    /// A lock as a new activation finds it in storage. Monotonic deadlines died with the activation that knew them, so each lease gets
    /// its last term again, in full (etcd's lessor does the same when a new leader takes over): late is safe, early is not. Waiters
    /// keep their places for the window. Who sends heartbeats learns by the next one that it has to call again.
    /// </summary>
    /// <param name="record">The lock record.</param>
    /// <param name="waiters">The waiters of its chunks in ticket order.</param>
    /// <param name="now">The instant.</param>
    /// <param name="policy">The bounds.</param>
    public static LockState Restore(LockRecord record, IEnumerable<Waiter> waiters, LockTime now, LockPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(waiters);
        ArgumentNullException.ThrowIfNull(policy);
        var queue = WaitQueue.From(
            waiters.Select(waiter => waiter with
            {
                EnqueuedAt = now.Monotonic,
                AttachedUntil = now.Monotonic,
                PresentUntil = now.Monotonic + policy.Presence,
            }),
            record.NextTicket);
        return new LockState
        {
            Epoch = record.Epoch + 1,
            LastToken = record.LastToken,
            LastTokenAt = record.LastTokenAt,
            Holders = [.. record.Holders.Select(lease => TakeOver(lease, now, policy))],
            Queue = queue,
            Data = record.Data,
            Ended = EndedLeases.From(record.Ended),
            SweepAt = queue.IsEmpty ? TimeSpan.MaxValue : now.Monotonic + policy.Presence,
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

    /// <summary>The waiter of an attempt, in the queue or before it; null when it does not wait.</summary>
    /// <param name="leaseId">The attempt.</param>
    public Waiter? FindWaiter(LeaseId leaseId) => Upgrade is { } upgrade && upgrade.LeaseId == leaseId ? upgrade : Queue.Find(leaseId);

    /// <summary>The waiter that a call waits for: by its ticket, which is 0 for an upgrade.</summary>
    /// <param name="ticket">The ticket.</param>
    public Waiter? FindTicket(long ticket) => ticket == 0 ? Upgrade : Queue.FindTicket(ticket);

    /// <summary>The place of a waiter: 1 for the next in line.</summary>
    /// <param name="waiter">The waiter.</param>
    public int PlaceOf(Waiter waiter)
    {
        ArgumentNullException.ThrowIfNull(waiter);
        return waiter.IsUpgrade ? 1 : Queue.PlaceOf(waiter.LeaseId);
    }

    /// <summary>Who is looked at next: the upgrade, or else the first in the queue; null while nobody waits.</summary>
    internal Waiter? Next => Upgrade ?? (Queue.IsEmpty ? null : Queue.First);

    /// <summary>What keeps the first in the queue from being granted the lock.</summary>
    /// <param name="policy">The bounds.</param>
    internal WaitObstacle FindObstacle(LockPolicy policy)
    {
        if (Queue.IsEmpty)
            return WaitObstacle.None;
        return Upgrade is null ? Admission.FindObstacle(Holders, Queue.First.Request, Data?.Limit ?? 0, policy) : WaitObstacle.Upgrade;
    }

    /// <summary>When time alone will next change this lock: a lease ends, or a waiter that stopped coming is to be dropped.</summary>
    /// <param name="policy">The bounds.</param>
    /// <returns>The instant on the monotonic clock; <see cref="TimeSpan.MaxValue"/> for never.</returns>
    public TimeSpan NextDeadline(LockPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var next = Next;
        var deadline = next is null ? TimeSpan.MaxValue : SweepAt;
        foreach (var lease in Holders)
            deadline = Min(deadline, lease.ExpiresAt);

        // Where it could have the lock, the queue stands still for the first waiter.
        return DoubtedAt is null && next is not null && Admission.Admits(Holders, next, Data?.Limit ?? 0, policy) ? Min(deadline, next.PresentUntil) : deadline;
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static Lease TakeOver(Lease lease, LockTime now, LockPolicy policy)
    {
        // A key that changes hands again and again must not keep a dead holder alive for ever. Each full term moves the end by the wall
        // clock too: a client that learns of its grant only now was promised that much.
        var term = lease.Restarts < policy.RestartsMax ? lease.Extended(lease.Term, now) : EndingByWallClock(lease, now, policy);
        return term with { GrantedAt = now.Monotonic, Restarts = lease.Restarts + 1 };
    }

    /// <summary>
    /// Ends late by as much as this clock may be ahead of the one that set the end. What is told leaves that out: the next activation's
    /// clock may be ahead of this one. A term that is over stays over: its lock-delay counts from its end, and not from now.
    /// </summary>
    private static Lease EndingByWallClock(Lease lease, LockTime now, LockPolicy policy)
    {
        var left = TimeSpan.FromMilliseconds(lease.ExpiresAtUnixMilliseconds - now.UnixMilliseconds);
        var delay = lease.Request.Delay;
        return lease with
        {
            ExpiresAt = now.Monotonic + Clamp(left + policy.MaxClockSkew + delay, lease.Term + delay),
            PromisedUntil = now.Monotonic + (left < lease.Term ? left : lease.Term),
        };
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan max) => value < TimeSpan.Zero ? TimeSpan.Zero : value < max ? value : max;
}
