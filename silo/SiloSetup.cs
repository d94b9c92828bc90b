using System.Net;
using LockGrains.Silo.Clients;
using LockGrains.Silo.Front;
using Orleans.Configuration;
using StackExchange.Redis;

namespace LockGrains.Silo;

/// <summary>Puts the silo together: where it is, how it finds others, and where the locks are kept.</summary>
internal static class SiloSetup
{
    /// <summary>Deactivation, and time to leave the cluster and close connections after it.</summary>
    public static TimeSpan ShutdownTimeout { get; } = TimeSpan.FromSeconds(30);

    private static TimeSpan BeatPeriodMost { get; } = TimeSpan.FromMinutes(1);

    public static void AddSilo(this WebApplicationBuilder builder, SiloSettings settings, IPAddress advertised, IConnectionMultiplexer? redis)
    {
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(options =>
            {
                options.ClusterId = settings.ClusterId;
                options.ServiceId = settings.ServiceId;
            });
            var listenOnAny = !IPAddress.IsLoopback(advertised);
            silo.ConfigureEndpoints(advertised, settings.SiloPort, settings.GatewayPort, listenOnAny);
            silo.UseLockGrainsDefaults(settings.CrashWatch);
            silo.AddLockGrains(options => options.Policy = settings.Locks);
            silo.AddTls(settings);
            if (settings.HasTls || settings.LocksOnly)
                silo.AddLocksOnly(settings.ClusterId);
            AddBackend(silo, settings, advertised, redis);
        });
    }

    /// <summary>What the HTTP API allows.</summary>
    public static void Configure(LockGrainsHttpOptions options, SiloSettings settings)
    {
        options.BeatPeriod = FindBeatPeriod(settings);
        options.MaxWaiting = settings.HttpMaxWaiting;
        options.MaxStreams = settings.HttpMaxStreams;
        options.MaxPercentOfOne = settings.HttpMaxPercentOfOne;
    }

    /// <summary>How often the HTTP API says that those who wait through it are there: as seldom as the silo allows, and at least once a minute.</summary>
    public static TimeSpan FindBeatPeriod(SiloSettings settings)
    {
        var most = settings.Locks.BeatPeriodMax;
        return most < BeatPeriodMost ? most : BeatPeriodMost;
    }

    /// <summary>Says that it is ready, and where.</summary>
    public static void LogReady(this ILogger logger, SiloSettings settings, IServiceProvider services)
    {
        if (settings.Front)
        {
            var cluster = FrontSetup.DescribeCluster(settings);
            logger.LogFrontReady(settings.HttpUrl, cluster);
            return;
        }

        var (name, address, storage) = (services.GetRequiredService<ILocalSiloDetails>().Name, settings.ResolveAdvertisedIP(), DescribeStorage(settings));
        logger.LogReady(address, settings.SiloPort, settings.GatewayPort, name, storage);
        if (settings.Memory)
            logger.LogNotDurable();
    }

    /// <summary>Where the locks are kept, for people.</summary>
    public static string DescribeStorage(SiloSettings settings) =>
        settings.Redis is not null ? "Redis" : settings.Postgres is not null ? "PostgreSQL" : settings.Memory ? "memory (not durable)" : $"SQLite {settings.FindDataFile()}";

    private static void AddBackend(ISiloBuilder silo, SiloSettings settings, IPAddress advertised, IConnectionMultiplexer? redis)
    {
        if (settings.Postgres is not null)
        {
            PostgresStart.AddBackend(silo, settings);
            return;
        }

        if (redis is null)
        {
            silo.UseDevelopmentClustering(new IPEndPoint(advertised, settings.SiloPort));
            if (settings.Memory)
                silo.AddLockGrainsMemoryStorage();
            else
                silo.AddLockGrainsSqliteStorage(options =>
                    (options.Path, options.AllowUnsafeFileSystem) = (settings.FindDataFile(), settings.DataUnsafe));
            return;
        }

        silo.UseRedisClustering(options =>
        {
            options.ConfigurationOptions = settings.MakeRedisOptions();
            options.CreateMultiplexer = _ => Task.FromResult((redis, true));
        });
        silo.AddLockGrainsRedisStorage(settings.Redis!);
    }
}
