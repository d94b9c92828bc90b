using System.Net;
using Orleans.Configuration;
using StackExchange.Redis;

namespace LockGrains.Silo;

/// <summary>Puts the silo together: where it is, how it finds others, where the locks are kept, and how patient it is.</summary>
internal static class SiloSetup
{
    // Of all calls but an acquire, which waits in a grain and has a response time-out of its own.
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(20);

    // The grain directory asks a silo that was declared dead for its part, and keeps that part shut so long if the silo hangs.
    private static readonly TimeSpan SystemResponseTimeout = TimeSpan.FromSeconds(5);

    // The response time-out of an acquire: what is slower than that has been given up already.
    private static readonly TimeSpan WarnAfter = TimeSpan.FromSeconds(75);

    // Handing over is one write for each key with a holder or waiters; a grain that needs longer is better cut off than waited for.
    private static readonly TimeSpan DeactivationTimeout = TimeSpan.FromSeconds(10);

    private const int ThreadsMin = 8;

    /// <summary>Deactivation, and time to leave the cluster and close connections after it.</summary>
    public static TimeSpan ShutdownTimeout { get; } = TimeSpan.FromSeconds(30);

    public static void AddSilo(this WebApplicationBuilder builder, SiloSettings settings, IPAddress advertised, IConnectionMultiplexer? redis)
    {
        ReserveThreads();
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(options =>
            {
                options.ClusterId = settings.ClusterId;
                options.ServiceId = settings.ServiceId;
            });
            var listenOnAny = !IPAddress.IsLoopback(advertised);
            silo.ConfigureEndpoints(advertised, settings.SiloPort, settings.GatewayPort, listenOnAny);
            silo.AddLockGrains(options => options.Policy = settings.Locks);
            AddBackend(silo, settings, advertised, redis);
            Tune(silo);
            if (settings.CrashWatch)
            {
                silo.AddLockGrainsCrashWatch();
            }
        });
    }

    /// <summary>Where the locks are kept, for people.</summary>
    public static string DescribeStorage(SiloSettings settings) =>
        settings.Redis is not null ? "Redis" : settings.Postgres is not null ? "PostgreSQL" : settings.Memory ? "memory (not durable)" : $"SQLite {settings.FindDataFile()}";

    /// <summary>
    /// Lets the thread pool have enough threads at once. Orleans writes its membership as a Redis transaction, which holds a thread until
    /// another one has read the reply. The default is one per processor, and with one or two all locks stood still until the pool grew.
    /// </summary>
    internal static void ReserveThreads()
    {
        ThreadPool.GetMinThreads(out var threads, out var completionThreads);
        ThreadPool.SetMinThreads(Math.Max(threads, ThreadsMin), completionThreads);
    }

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

    private static void Tune(ISiloBuilder silo)
    {
        // Experimental, yet the better choice: the default directory deactivates every lock of a range whenever a silo joins or
        // leaves, and each of those costs its holder a fence write. Safety does not rest on it: the record's ETag decides.
#pragma warning disable ORLEANSEXP003
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            // A silo that hangs is declared dead when two others missed four probes each, after 8 to 10 s. Less silence than that proves
            // nothing on a starved machine (measured: five probes of 1 s lost silos that lived). One that crashed is found by the crash watch at
            // the first. No indirect probes: they give the go-between as much time as they have themselves, so its answer about one that
            // hangs comes too late as often as not.
            //
            // Always 2 s: Orleans would go down to half of it, and up to four times. Four of the longest are also the time for which it does
            // not let anybody vote after the last message, so that a silo that hung was kept for more than half a minute.
            options.ProbeTimeout = options.MinProbeTimeout = options.MaxProbeTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedProbesLimit = 4;
            options.NumVotesForDeathDeclaration = 2;
            options.EnableIndirectProbes = false;

            // How soon a silo that hung learns that it was declared dead, and ends.
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);

            // Three of these without a sign, and a silo has no say in votes any more: so one is left to declare two others dead.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(3);
        });

        // Else Orleans keeps a crashed silo's part of the directory shut for 22 s more, so that nothing is active twice. Locks may be.
        silo.Configure<GrainDirectoryOptions>(options => options.RangeLeaseDuration = TimeSpan.Zero);
        silo.Configure<SiloMessagingOptions>(options =>
        {
            options.ResponseTimeout = ResponseTimeout;
            options.SystemResponseTimeout = SystemResponseTimeout;
            options.CancelRequestOnTimeout = true;
            options.RequestProcessingWarningTime = WarnAfter;

            // At the end of a silo: what clients are answered last still gets out before its gateway closes (measured: no more stalls).
            options.WaitForMessageToBeQueuedForOutboundTime = TimeSpan.FromMilliseconds(500);
        });
        silo.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionAge = TimeSpan.FromMinutes(10);
            options.DeactivationTimeout = DeactivationTimeout;
        });
        silo.Configure<ConnectionOptions>(options => options.OpenConnectionTimeout = TimeSpan.FromSeconds(2));
    }
}
