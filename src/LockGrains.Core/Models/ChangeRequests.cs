namespace LockGrains;

/// <summary>A request to make an upgradeable hold exclusive. Repeat it unchanged, but for <see cref="Wait"/>, until it is answered.</summary>
public sealed record UpgradeRequest
{
    /// <summary>The <c>LeaseId</c> that holds the lock upgradeably.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>
    /// The number of this change: the caller counts the changes of one hold, from 1. A copy with a smaller number than the last comes late, and
    /// changes nothing.
    /// </summary>
    public required int Change { get; init; }

    /// <summary>
    /// How long the caller is still ready to wait: 0 (the default) answers at once. Never infinite, because nobody else is granted the lock
    /// meanwhile.
    /// </summary>
    public TimeSpan Wait { get; init; }

    /// <summary>The longest that this one call may wait; as <see cref="AcquireRequest.Slice"/>.</summary>
    public TimeSpan? Slice { get; init; }

    /// <summary>How often the caller sends a heartbeat that names this request; as <see cref="AcquireRequest.BeatPeriod"/>.</summary>
    public TimeSpan? BeatPeriod { get; init; }
}

/// <summary>A request to give a part of a hold back.</summary>
public sealed record DowngradeRequest
{
    /// <summary>The <c>LeaseId</c> that holds the lock.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>The number of this change; see <see cref="UpgradeRequest.Change"/>.</summary>
    public required int Change { get; init; }

    /// <summary>What the hold shares the lock with from then on: a part of what it is. Default <see cref="LockMode.Shared"/>.</summary>
    public LockMode Mode { get; init; } = LockMode.Shared;

    /// <summary>How many permits it keeps: 1 (the default) to as many as it has.</summary>
    public int Permits { get; init; } = 1;
}

/// <summary>What came of a downgrade, or of giving an upgrade up.</summary>
public sealed record ChangeReply
{
    /// <summary>What came of it.</summary>
    public ChangeStatus Status { get; init; }

    /// <summary>Changed: what the hold shares the lock with now.</summary>
    public LockMode Mode { get; init; }

    /// <summary>Changed: how many permits it has now.</summary>
    public int Permits { get; init; }

    /// <summary>Changed: the hold's fencing token.</summary>
    public long FencingToken { get; init; }

    /// <summary>Not held: why it is over, where that is still known.</summary>
    public EndReason End { get; init; }

    /// <summary>Refused or unknown: what was wrong, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>The outcome of a change.</summary>
public enum ChangeStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>The hold is as the reply says: by this call, by an earlier copy, or because this copy came late and changed nothing.</summary>
    Changed = 1,

    /// <summary>This <c>LeaseId</c> does not hold the lock; said only by a grain that has checked that it is current.</summary>
    NotHeld = 2,

    /// <summary>The request breaks a rule; nothing changed.</summary>
    Refused = 3,

    /// <summary>Nobody can say. Repeat it unchanged.</summary>
    Unknown = 4,
}
