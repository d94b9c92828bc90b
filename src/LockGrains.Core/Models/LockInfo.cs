using System.Collections.Immutable;

namespace LockGrains;

/// <summary>A lock as its grain saw it when asked. Advisory; it never contains a <c>LeaseId</c>, because that is the proof of ownership.</summary>
public sealed record LockInfo
{
    /// <summary>The most waiters that are listed: 100.</summary>
    public const int WaitersMax = 100;

    /// <summary>The most holders that are listed: 100.</summary>
    public const int HoldersMax = 100;

    /// <summary>The first of <see cref="Holders"/>, who is the only one where the hold is exclusive; null when the lock is free.</summary>
    public HolderInfo? Holder => Holders is [var first, ..] ? first : null;

    /// <summary>The most events that are listed: 16.</summary>
    public const int RecentMax = 16;

    /// <summary>Those who hold the lock, in the order of their grants, at most <see cref="HoldersMax"/>.</summary>
    public ImmutableArray<HolderInfo> Holders { get; init; } = [];

    /// <summary>How many hold the lock.</summary>
    public int HolderCount { get; init; }

    /// <summary>How many permits they have together.</summary>
    public long PermitsTaken { get; init; }

    /// <summary>The limit that was set for the key, whatever a request says; null for none.</summary>
    public int? Limit { get; init; }

    /// <summary>The version of that limit.</summary>
    public long LimitVersion { get; init; }

    /// <summary>The lock's value; null for none.</summary>
    public LockValue? Value { get; init; }

    /// <summary>How many wait.</summary>
    public int QueueLength { get; init; }

    /// <summary>The first waiters in order, at most <see cref="WaitersMax"/>; before them the upgrade that waits, which is not in the queue.</summary>
    public ImmutableArray<WaiterInfo> Waiters { get; init; } = [];

    /// <summary>What keeps the first in the queue from being granted the lock; all behind it wait for it.</summary>
    public WaitObstacle FirstWaitsFor { get; init; }

    /// <summary>
    /// The time from one grant to the next while somebody waits, on average: a waiter's place times this is its <see cref="WaiterInfo.Estimate"/>.
    /// Null before the silo that serves the lock has seen three.
    /// </summary>
    public TimeSpan? Pace { get; init; }

    /// <summary>
    /// What happened last, the last first, at most <see cref="RecentMax"/>. Only the silo that serves the lock now remembers it, in memory: after a
    /// failover it begins anew.
    /// </summary>
    public ImmutableArray<RecentEvent> Recent { get; init; } = [];

    /// <summary>The key's highest fencing token so far; 0 when it was never granted.</summary>
    public long LastFencingToken { get; init; }

    /// <summary>The name of the silo that serves the lock, such as <c>Silo_05b85</c>; after a failover it is another one. Null where no silo has said it.</summary>
    public string? Silo { get; init; }

    /// <summary>False when the grain could not load or trust its state; the rest then says nothing.</summary>
    public bool Known { get; init; }

    /// <summary>Not known: what happened, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>Who holds a lock.</summary>
public sealed record HolderInfo
{
    /// <summary>The label that the holder gave.</summary>
    public string OwnerId { get; init; } = "";

    /// <summary>The hold's fencing token.</summary>
    public long FencingToken { get; init; }

    /// <summary>The full lease.</summary>
    public TimeSpan Lease { get; init; }

    /// <summary>How long until the hold ends if nobody renews it: the rest of its lease, and <see cref="LockDelay"/>.</summary>
    public TimeSpan ExpiresIn { get; init; }

    /// <summary>How long the lock is held back after the lease ran out without a release; 0 for not at all.</summary>
    public TimeSpan LockDelay { get; init; }

    /// <summary>Whether the lease ran out, and only its <see cref="LockDelay"/> keeps others out still.</summary>
    public bool IsHeldBack { get; init; }

    /// <summary>The session that the hold is under, with which it ends; null for none.</summary>
    public string? SessionId { get; init; }

    /// <summary>How long the lock has been held, counted anew from a failover of its silo.</summary>
    public TimeSpan HeldFor { get; init; }

    /// <summary>What the hold shares the lock with.</summary>
    public LockMode Mode { get; init; } = LockMode.Exclusive;

    /// <summary>How many permits it has.</summary>
    public int Permits { get; init; } = 1;

    /// <summary>The limit that it asked with; null for none.</summary>
    public int? Limit { get; init; }

    /// <summary>The numbers of its permits, ascending; empty where they have none.</summary>
    public ImmutableArray<int> PermitNumbers { get; init; } = [];
}

/// <summary>Who waits for a lock.</summary>
public sealed record WaiterInfo
{
    /// <summary>The label that the waiter gave.</summary>
    public string OwnerId { get; init; } = "";

    /// <summary>The waiter's ticket: its sequence number among all that ever waited for this key. 0 for the upgrade of a hold.</summary>
    public long Ticket { get; init; }

    /// <summary>
    /// True when a call of the waiter is open; false when it is between two calls, or has stopped coming. A grant also needs a sign of life
    /// of its client, so a waiter that has just died may be attached.
    /// </summary>
    public bool Attached { get; init; }

    /// <summary>How long it has waited, counted anew from a failover of the lock's silo.</summary>
    public TimeSpan WaitedFor { get; init; }

    /// <summary>How long it will probably wait from now on, if the queue goes on as it did. Null for an upgrade, and while nobody can say.</summary>
    public TimeSpan? Estimate { get; init; }

    /// <summary>The session that its hold would be under; null for none.</summary>
    public string? SessionId { get; init; }

    /// <summary>What it asks to share the lock with.</summary>
    public LockMode Mode { get; init; } = LockMode.Exclusive;

    /// <summary>How many permits it asks for.</summary>
    public int Permits { get; init; } = 1;

    /// <summary>The limit that it asks with; null for none.</summary>
    public int? Limit { get; init; }
}
