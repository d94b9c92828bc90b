namespace LockGrains.Benchmarks;

/// <summary>A cluster that is to be started.</summary>
/// <param name="SiloProgram">The silo's program.</param>
/// <param name="Redis">Its Redis.</param>
/// <param name="Id">Its cluster id and service id: one of its own, so that no two share a key.</param>
internal sealed record ClusterPlan(string SiloProgram, string Redis, string Id)
{
    /// <summary>What the silo is told about its storage.</summary>
    public IReadOnlyList<string> StorageArguments { get; init; } = ["--redis", Redis];

    /// <summary>What else it is told.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The longest queue: above the longest that is measured.</summary>
    public int QueueLimit { get; init; } = 200_000;
}
