namespace LockGrains.Silo.Demo;

/// <summary>The locks of the demo: one of each kind.</summary>
internal static class DemoKeys
{
    /// <summary>A mutex.</summary>
    public const string Order = "demo/orders/42";

    /// <summary>A lock with readers and writers.</summary>
    public const string Report = "demo/report";

    /// <summary>A semaphore of <see cref="PoolLimit"/> permits.</summary>
    public const string Pool = "demo/pool";

    /// <summary>Who leads.</summary>
    public const string Leader = "demo/leader";

    public const int PoolLimit = 3;

    public static IReadOnlyList<string> All { get; } = [Order, Report, Pool, Leader];
}
