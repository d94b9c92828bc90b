namespace LockGrains.Benchmarks;

/// <summary>A cluster that is to be started.</summary>
/// <param name="SiloProgram">The silo's program.</param>
/// <param name="Storage">Where it keeps its locks.</param>
/// <param name="Id">Its cluster id and service id: one of its own, so that no two share a key.</param>
internal sealed record ClusterPlan(string SiloProgram, SiloStorage Storage, string Id)
{
    /// <summary>What else its silos are told.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The certificate of its clients; null where they have no TLS.</summary>
    public ClusterCertificate? ClientCertificate { get; init; }

    /// <summary>The longest queue: above the longest that is measured.</summary>
    public int QueueLimit { get; init; } = 200_000;

    /// <summary>Its Redis, for who finds its silos there.</summary>
    public string Redis => Storage.Redis ?? throw new InvalidOperationException($"Cluster {Id} has no Redis.");
}
