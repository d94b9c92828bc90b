using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>What the cases of one run share: one Redis, and a cluster of one silo with a client outside it.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _owned = [];
    private Cluster? _main;
    private int _clusters;

    private Bench(CompareOptions options, RedisServer redis, IConnectionMultiplexer raw)
    {
        Options = options;
        Redis = redis;
        Raw = raw;
    }

    public CompareOptions Options { get; }

    public RedisServer Redis { get; }

    /// <summary>The application's connection of the raw side.</summary>
    public IConnectionMultiplexer Raw { get; }

    public static async Task<Bench> StartAsync(CompareOptions options)
    {
        var redis = await RedisServer.StartAsync();
        return new Bench(options, redis, await redis.ConnectAsync());
    }

    /// <summary>A cluster that nobody has used, in the same Redis.</summary>
    public ClusterPlan MakePlan() => new(Options.SiloProgram, Redis.ConnectionString, $"bench-{++_clusters}");

    /// <summary>The cluster that cases share while none has ended it.</summary>
    public async Task<Cluster> GetMainAsync()
    {
        if (_main is null)
        {
            _main = await Cluster.StartAsync(MakePlan());
            _owned.Add(_main);
        }

        return _main;
    }

    /// <summary>Ends the shared cluster, with whatever still waits in it; the next case gets a fresh one.</summary>
    public async Task EndMainAsync()
    {
        if (_main is not { } main)
            return;
        _owned.Remove(main);
        _main = null;
        await main.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned)
            await owned.DisposeAsync();
        await Raw.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
