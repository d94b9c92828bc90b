namespace LockGrains;

/// <summary>
/// A live lock in a list: somebody holds it or waits for it. As its silo saw it when asked; <see cref="LockInfo"/> has more of it. It never
/// contains a <c>LeaseId</c>, because that is the proof of ownership.
/// </summary>
public sealed record LockSummary
{
    /// <summary>The lock's key.</summary>
    public string Key { get; init; } = "";

    /// <summary>How many hold the lock; 0 where it is only waited for, which lasts a moment.</summary>
    public int HolderCount { get; init; }

    /// <summary>The label of the first holder, who is the only one where the hold is exclusive; empty while nobody holds the lock.</summary>
    public string OwnerId { get; init; } = "";

    /// <summary>The fencing token of the first holder; 0 while nobody holds the lock.</summary>
    public long FencingToken { get; init; }

    /// <summary>What the first holder shares the lock with; <see cref="LockMode.Exclusive"/> while nobody holds it.</summary>
    public LockMode Mode { get; init; } = LockMode.Exclusive;

    /// <summary>How many permits the holders have together.</summary>
    public long PermitsTaken { get; init; }

    /// <summary>The most permits that may be taken together: the limit of the key or of the first holder, whichever is smaller. Null for none.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether the first holder's lease ran out, and only its lock-delay keeps others out still.</summary>
    public bool IsHeldBack { get; init; }

    /// <summary>How long the first holder has held the lock, counted anew from a failover of its silo.</summary>
    public TimeSpan HeldFor { get; init; }

    /// <summary>How long until the first holder's hold ends if nobody renews it.</summary>
    public TimeSpan ExpiresIn { get; init; }

    /// <summary>How many wait in the queue.</summary>
    public int QueueLength { get; init; }

    /// <summary>Whether a holder waits to become exclusive; it is not in the queue.</summary>
    public bool IsUpgrading { get; init; }

    /// <summary>The longest time that somebody has waited so far, counted anew from a failover of the lock's silo; 0 while nobody waits.</summary>
    public TimeSpan LongestWait { get; init; }
}
