namespace LockGrains;

/// <summary>Something that happened to a lock a while ago, for people who ask why it is as it is.</summary>
public sealed record RecentEvent
{
    /// <summary>What happened.</summary>
    public RecentEventKind What { get; init; }

    /// <summary>Why a hold or a wait ended; <see cref="EndReason.None"/> for what began or changed.</summary>
    public EndReason Reason { get; init; }

    /// <summary>The label of whom it happened to.</summary>
    public string OwnerId { get; init; } = "";

    /// <summary>The fencing token of the hold, as it was then; 0 for a wait.</summary>
    public long FencingToken { get; init; }

    /// <summary>How long ago, when the lock was asked.</summary>
    public TimeSpan Ago { get; init; }
}

/// <summary>What happened to a lock. Sent, so the numbers never change.</summary>
public enum RecentEventKind
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>A hold began.</summary>
    Granted = 1,

    /// <summary>A hold became exclusive.</summary>
    Upgraded = 2,

    /// <summary>A part of a hold was given back.</summary>
    Downgraded = 3,

    /// <summary>A hold ended: released, expired or revoked.</summary>
    HoldEnded = 4,

    /// <summary>Somebody left the queue without the lock: cancelled, timed out, dropped or refused.</summary>
    WaitEnded = 5,

    /// <summary>The wait for an upgrade ended without it. The hold may go on.</summary>
    UpgradeEnded = 6,
}
