namespace LockGrains.Cli.Commands;

/// <summary>Why the first in line waits, as far as the silo showed. All behind it wait for it.</summary>
internal static class WaitReason
{
    /// <summary>One line; null when nobody waits in line.</summary>
    public static string? Find(LockInfo info)
    {
        if (StatusText.InLine(info).FirstOrDefault() is not { } first)
            return null;
        if (StatusText.FindUpgrade(info) is not null)
            return "the first waits for the upgrade, which goes before the queue";
        if (FindObstacle(info, first) is { } obstacle)
            return $"the first {obstacle}";
        return first.Attached
            ? "the first fits beside those who are shown: it is granted the lock now, unless the lock has all the holders that its silo allows"
            : "the first is away: it is granted the lock when its client calls, and dropped when it does not";
    }

    private static string? FindObstacle(LockInfo info, WaiterInfo first)
    {
        if (info.Holders.Any(static holder => holder.Mode == LockMode.Exclusive))
            return "waits for the holder";
        if (first.Mode == LockMode.Exclusive)
            return info.Holders.IsEmpty ? null : $"waits for {HoldText.DescribeAll(info)}";
        if (first.Mode == LockMode.Upgradeable && info.Holders.Any(static holder => holder.Mode == LockMode.Upgradeable))
            return "waits for the upgradeable holder";

        // Both its own limit and the key's count.
        var limit = Math.Min(first.Limit ?? int.MaxValue, info.Limit ?? int.MaxValue);
        if (info.Holders.IsEmpty || limit == int.MaxValue || info.PermitsTaken + first.Permits <= limit)
            return null;
        var free = Math.Max(0, limit - info.PermitsTaken);
        return $"asks {HoldText.Count(first.Permits, "permit")}, {free} of {limit} {(free == 1 ? "is" : "are")} free";
    }
}
