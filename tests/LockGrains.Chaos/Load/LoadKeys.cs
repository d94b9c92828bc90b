namespace LockGrains.Chaos;

/// <summary>The keys of the load.</summary>
internal static class LoadKeys
{
    /// <summary>Keys that always have a queue: by them recovery is measured.</summary>
    public static IReadOnlyList<string> Hot { get; } = [.. Enumerable.Range(0, 6).Select(number => $"hot-{number}")];

    /// <summary>
    /// Those of them that the callers in the co-hosted silo want too. Not all: a lock lives where it was asked for first, and they would
    /// draw all keys to their silo.
    /// </summary>
    public static IReadOnlyList<string> HotInside { get; } = [.. Hot.Skip(4)];

    /// <summary>Keys that are held for seconds, with renewals.</summary>
    public static IReadOnlyList<string> Slow { get; } = [.. Enumerable.Range(0, 4).Select(number => $"slow-{number}")];

    private const int LightCount = 200;

    /// <summary>One of many keys that are hardly ever contended.</summary>
    public static string Light(Random random) => $"light-{random.Next(LightCount)}";
}
