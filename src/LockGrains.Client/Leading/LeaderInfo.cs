namespace LockGrains;

/// <summary>Who leads, as the lock's grain saw it when asked.</summary>
public sealed record LeaderInfo
{
    /// <summary>The label that the leader gave (<see cref="LockClientOptions.OwnerId"/>).</summary>
    public string OwnerId { get; init; } = "";

    /// <summary>The fencing token of its leadership.</summary>
    public long FencingToken { get; init; }

    /// <summary>What it proclaims; null for nothing.</summary>
    public LockValue? Value { get; init; }
}
