using System.ComponentModel;
using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>What the cases of one run share: one Redis, and a cluster of one silo with a client outside it.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private const string NoRedis = "redis-server is not on the PATH";

    private readonly List<IAsyncDisposable> _owned = [];
    private readonly RedisServer? _redis;
    private readonly IConnectionMultiplexer? _raw;
    private Cluster? _main;
    private int _clusters;

    private Bench(CompareOptions options, RedisServer? redis, IConnectionMultiplexer? raw)
    {
        Options = options;
        _redis = redis;
        _raw = raw;
    }

    public CompareOptions Options { get; }

    /// <summary>Why there is no Redis; null when there is one.</summary>
    public string? RedisProblem => _redis is null ? NoRedis : null;

    public RedisServer Redis => _redis ?? throw new InvalidOperationException(NoRedis);

    /// <summary>The application's connection of the raw side.</summary>
    public IConnectionMultiplexer Raw => _raw ?? throw new InvalidOperationException(NoRedis);

    public static async Task<Bench> StartAsync(CompareOptions options)
    {
        RedisServer redis;
        try
        {
            redis = await RedisServer.StartAsync();
        }
        catch (Win32Exception)
        {
            // The program is not there. A case that can do without it goes on.
            return new Bench(options, redis: null, raw: null);
        }

        return new Bench(options, redis, await redis.ConnectAsync());
    }

    /// <summary>A cluster that nobody has used, in the same Redis.</summary>
    public ClusterPlan MakePlan() => MakePlan(SiloStorage.InRedis(Redis.ConnectionString));

    /// <summary>A cluster that nobody has used.</summary>
    public ClusterPlan MakePlan(SiloStorage storage) => new(Options.SiloProgram, storage, $"bench-{++_clusters}");

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
        if (_raw is not null)
            await _raw.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
    }
}
