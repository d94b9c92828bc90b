namespace LockGrains.Core;

/// <summary>Words for what the first in line waits for. The silo says what that is; all behind the first wait for it.</summary>
internal static class WaitReason
{
    /// <summary>One line; null when nobody waits in line.</summary>
    public static string? Find(LockInfo info) => StatusReport.InLine(info).FirstOrDefault() is not { } first ? null : info.FirstWaitsFor switch
    {
        WaitObstacle.Upgrade => "the first waits for the upgrade, which goes before the queue",
        WaitObstacle.Holders => $"the first waits for {(info.Holder?.Mode == LockMode.Exclusive ? "the holder" : HoldText.DescribeAll(info))}",
        WaitObstacle.Upgradeable => "the first waits for the upgradeable holder",
        WaitObstacle.Limit => $"the first {DescribePermits(info, first)}",
        WaitObstacle.HoldersMax => $"the first waits for one of {info.HolderCount} holders: the silo allows no more",
        _ when first.Attached => "the first is granted the lock at the next sign of life of its client, and dropped without one",
        _ => "the first is away: it is granted the lock when its client calls, and dropped when it does not",
    };

    private static string DescribePermits(LockInfo info, WaiterInfo first)
    {
        // Both its own limit and the key's count.
        var limit = Math.Min(first.Limit ?? int.MaxValue, info.Limit ?? int.MaxValue);
        var free = Math.Max(0, limit - info.PermitsTaken);
        return $"asks {HoldText.Count(first.Permits, "permit")}, {free} of {limit} {(free == 1 ? "is" : "are")} free";
    }
}
