namespace LockGrains.Chaos;

/// <summary>Counts what all silos write to Redis of one lock, or of all, in their proxies.</summary>
internal sealed class WriteCount : IDisposable
{
    /// <summary>A part of the key of every record of a lock or a session.</summary>
    public const string AllRecords = "/state/lockgrains.";

    private readonly ChaosCluster _cluster;
    private readonly long _before;

    /// <summary>Counts from now on.</summary>
    /// <param name="cluster">The run.</param>
    /// <param name="key">The lock.</param>
    /// <param name="isOnlyRecord">Whether the chunks of its queue are left out.</param>
    public WriteCount(ChaosCluster cluster, string key, bool isOnlyRecord)
        : this(cluster, $"{RespProxyRule.LockRecords}{key}/{(isOnlyRecord ? "lock" : "")}")
    {
    }

    /// <summary>Counts from now on.</summary>
    /// <param name="cluster">The run.</param>
    /// <param name="keyPart">What the keys in Redis of the records have in them.</param>
    public WriteCount(ChaosCluster cluster, string keyPart)
    {
        _cluster = cluster;

        // A delay of nothing: what a proxy does to a request is counted, and what it lets pass is not.
        var rule = new RespProxyRule(RespProxyMode.Delay)
        {
            Commands = RespCommands.Writes,
            KeyPart = keyPart,
        };
        foreach (var silo in cluster.Silos)
            silo.Proxy.Rule = rule;
        _before = Sum;
    }

    public long Value => Sum - _before;

    private long Sum => _cluster.Silos.Sum(silo => silo.Proxy.Counts[RespProxyMode.Delay]);

    public void Dispose()
    {
        foreach (var silo in _cluster.Silos)
            silo.HealProxy();
    }
}
