using LockGrains.Core;

namespace LockGrains;

/// <summary>The names of the API as what they stand for.</summary>
internal static class Names
{
    private static readonly Dictionary<string, EndReason> Ends = Of<EndReason>(RecentName.Of);
    private static readonly Dictionary<string, RecentEventKind> Kinds = Of<RecentEventKind>(RecentName.Of);
    private static readonly Dictionary<string, LockMode> Modes = Of<LockMode>(HoldText.NameOf);
    private static readonly Dictionary<string, WaitObstacle> Obstacles = Of<WaitObstacle>(ObstacleName.Of);

    /// <summary>Why something is over; <see cref="EndReason.None"/> where that is not said, or not known here.</summary>
    public static EndReason EndOf(string? name) => name is null ? EndReason.None : Ends.GetValueOrDefault(name);

    /// <summary>What happened; <see cref="RecentEventKind.None"/> where that is not known here.</summary>
    public static RecentEventKind KindOf(string? name) => name is null ? RecentEventKind.None : Kinds.GetValueOrDefault(name);

    /// <summary>A mode; null where it is none.</summary>
    public static LockMode? ModeOf(string? name) => name is not null && Modes.TryGetValue(name, out var mode) ? mode : null;

    /// <summary>What the first in line waits for; <see cref="WaitObstacle.None"/> where that is not said, or not known here.</summary>
    public static WaitObstacle ObstacleOf(string? name) => name is null ? WaitObstacle.None : Obstacles.GetValueOrDefault(name);

    private static Dictionary<string, T> Of<T>(Func<T, string?> nameOf)
        where T : struct, Enum
    {
        var all = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var value in Enum.GetValues<T>())
        {
            if (nameOf(value) is { } name && name != "unknown")
                all[name] = value;
        }

        return all;
    }
}
