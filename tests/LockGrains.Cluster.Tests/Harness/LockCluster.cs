using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Orleans.TestingHost;

namespace LockGrains.Cluster.Tests;

/// <summary>How a <see cref="LockCluster"/> is to be.</summary>
public sealed record LockClusterSettings
{
    public short Silos { get; init; } = 2;

    public LockPolicy Policy { get; init; } = new();

    /// <summary>The Redis that keeps the locks; memory when null.</summary>
    public string? Redis { get; init; }

    /// <summary>The clock that the locks go by, and they alone; the system's when null.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>Clusters with the same one share their locks' records.</summary>
    public string? ServiceId { get; init; }

    public StorageProbe Probe { get; init; } = new();

    public Action<ISiloBuilder>? ConfigureSilo { get; init; }
}

/// <summary>A cluster of real silos in this process, with locks over a storage that the tests can watch and break.</summary>
public sealed class LockCluster : IAsyncDisposable
{
    private const string ProbedStorage = "Probed";

    private LockCluster(InProcessTestCluster inner, LockClusterSettings settings, LogCollector logs) =>
        (Inner, Settings, Logs) = (inner, settings, logs);

    public InProcessTestCluster Inner { get; }

    public LockClusterSettings Settings { get; }

    public LogCollector Logs { get; }

    public StorageProbe Probe => Settings.Probe;

    /// <summary>An external client's grain factory.</summary>
    public IClusterClient Grains => Inner.Client;

    public string ServiceId => Inner.Options.ServiceId;

    public static async Task<LockCluster> StartAsync(LockClusterSettings settings)
    {
        var logs = new LogCollector();
        var builder = new InProcessTestClusterBuilder(settings.Silos);
        builder.Options.ConfigureFileLogging = false;
        if (settings.ServiceId is not null)
            builder.Options.ServiceId = settings.ServiceId;
        builder.ConfigureSilo((_, silo) => Configure(silo, settings, logs));
        var cluster = builder.Build();
        try
        {
            await cluster.DeployAsync();
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return new LockCluster(cluster, settings, logs);
    }

    public static string NewKey(string topic) => $"{topic}/{Guid.NewGuid():N}";

    public ILockGrain GetLock(string key) => Grains.GetLock(key);

    /// <summary>The silo on which a lock is active now.</summary>
    public InProcessSiloHandle OwnerOf(string key) => Inner.GetSiloForAddress(ActivationOf(key).Address.SiloAddress!)!;

    /// <summary>A lock's activation now.</summary>
    public IGrainContext ActivationOf(string key) => Inner.TryGetGrainContext(GetLock(key).GetGrainId(), out var context)
        ? context
        : throw new InvalidOperationException($"The lock '{key}' is not active.");

    /// <summary>Ends a lock's activation, if there is one; the next call makes another.</summary>
    public Task DeactivateAsync(string key) => Inner.DeactivateAsync(GetLock(key).GetGrainId());

    /// <summary>Every silo's own services.</summary>
    public IEnumerable<IServiceProvider> SiloServices => Inner.Silos.Select(silo => silo.ServiceProvider);

    public async ValueTask DisposeAsync() => await Inner.DisposeAsync();

    private static void Configure(ISiloBuilder silo, LockClusterSettings settings, LogCollector logs)
    {
        silo.AddLockGrains(options => (options.StorageName, options.Policy) = (ProbedStorage, settings.Policy));
        if (settings.Redis is { } connection)
            silo.AddLockGrainsRedisStorage(connection);
        else
            silo.AddLockGrainsMemoryStorage();
        silo.Services.AddKeyedSingleton<IGrainStorage>(ProbedStorage, (services, _) =>
        {
            var inner = services.GetRequiredKeyedService<IGrainStorage>(LockGrainOptions.DefaultStorageName);
            return new ProbedGrainStorage(inner, settings.Probe);
        });
        if (settings.Clock is { } clock)
            silo.Services.AddKeyedSingleton(LockGrainsSiloBuilderExtensions.ClockKey, clock);
        silo.Services.AddLogging(logging =>
            logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug).AddFilter("Orleans", LogLevel.None));
        settings.ConfigureSilo?.Invoke(silo);
    }
}
