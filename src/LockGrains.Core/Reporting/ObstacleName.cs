namespace LockGrains.Core;

/// <summary>The names by which programs are told what the first in line waits for.</summary>
internal static class ObstacleName
{
    /// <summary>What it waits for, as programs are told of it; null where it waits for nobody and nothing.</summary>
    public static string? Of(WaitObstacle obstacle) => obstacle switch
    {
        WaitObstacle.None => null,
        WaitObstacle.Holders => "holders",
        WaitObstacle.Upgradeable => "upgradeable",
        WaitObstacle.Limit => "limit",
        WaitObstacle.HoldersMax => "holdersMax",
        WaitObstacle.Upgrade => "upgrade",
        _ => "unknown",
    };
}
