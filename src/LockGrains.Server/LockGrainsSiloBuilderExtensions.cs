using LockGrains;
using LockGrains.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Persistence;
using StackExchange.Redis;

namespace Orleans.Hosting;

/// <summary>Adds locks to a silo. In the namespace of <see cref="ISiloBuilder"/>: whoever has one needs no further using.</summary>
public static class LockGrainsSiloBuilderExtensions
{
    /// <summary>The key under which a test can register the <see cref="TimeProvider"/> that leases and waits go by.</summary>
    public const string ClockKey = "LockGrains";

    /// <summary>
    /// Adds the lock grain to a silo. It needs a storage as well, and not each that keeps grains can keep locks:
    /// <list type="bullet">
    /// <item>Sound: Redis (<see cref="AddLockGrainsRedisStorage(ISiloBuilder, string)"/>), SQLite for a single silo
    /// (package LockGrains.Storage.Sqlite), PostgreSQL (package LockGrains.Storage.PostgreSql).</item>
    /// <item>For tests: <see cref="AddLockGrainsMemoryStorage"/>.</item>
    /// <item>Sound by its code, and not tested: Orleans' Azure Blob storage.</item>
    /// <item>Refused at the start: Orleans' AdoNet and Azure Table storages. Different keys share a record there.</item>
    /// <item>Any <see cref="ILockStoreProvider"/> that passes the conformance kit (package LockGrains.Storage.Testing), registered as a keyed
    /// service under <see cref="LockGrainOptions.StorageName"/>.</item>
    /// </list>
    /// Where the storage cannot list its keys (any grain storage but Redis), records that a crashed silo leaves idle stay for ever.
    /// A grain storage that is not named here is tried at the start; if it does not delete as locks need it, idle records stay, with a warning.
    /// <para>
    /// It leaves Orleans as it is, but for one thing: where <see cref="SiloMessagingOptions.RequestProcessingWarningTime"/> still has its
    /// default (20 s), it is raised to 75 s. Orleans would report every call that waits far back in a queue as slow. For silos that take over
    /// from each other within seconds, call <see cref="LockGrainsSiloDefaults.UseLockGrainsDefaults"/> as well.
    /// </para>
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Changes the defaults; checked when the silo starts.</param>
    /// <example><code>
    /// siloBuilder.UseLocalhostClustering().UseLockGrainsDefaults().AddLockGrains().AddLockGrainsMemoryStorage();
    /// </code></example>
    public static ISiloBuilder AddLockGrains(this ISiloBuilder builder, Action<LockGrainOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services =>
        {
            if (configure is not null)
                services.Configure(configure);
            services.AddOptions<LockGrainOptions>();
            services.TryAddSingleton(provider => new LockGrainMetrics(provider.GetService<System.Diagnostics.Metrics.IMeterFactory>()));
            if (services.Any(service => service.ServiceType == typeof(LockGrainHost)))
                return;
            services.Configure<SiloMessagingOptions>(WarnOfAcquiresLate);
            services.AddOptions<GrainCollectionOptions>().PostConfigure<IOptions<LockGrainOptions>>(static (options, locks) => KeepUntilForgotten(options, locks.Value));
            services.TryAddSingleton<LockStorage>();
            services.AddSingleton(provider => provider.GetRequiredService<LockStorage>().Stores);
            services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<LockStorage>());
            services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, TidyTrigger>();
            services.AddSingleton<LockGrainHost>();
            services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<LockGrainHost>());
            services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloDeaths>();
            services.AddSingleton<SiloCensus>();
            services.AddGrainService<LockCensusService>();
            services.AddSingleton<IConfigurationValidator, LockGrainOptionsValidator>();
        });
    }

    /// <summary>
    /// Declares another silo dead when its process has ended: when one probe of it fails, and its port is then refused several times over.
    /// Without it a crash is noticed after several missed probes and votes, as a pause or a cut network still is.
    /// Not for silos that others reach through a proxy, which may refuse for one that lives. <see cref="LockGrainsSiloDefaults.UseLockGrainsDefaults"/>
    /// adds it; twice is as once.
    /// </summary>
    /// <param name="builder">The silo.</param>
    public static ISiloBuilder AddLockGrainsCrashWatch(this ISiloBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>, CrashWatch>(static provider => new CrashWatch(
            provider.GetRequiredService<IClusterMembershipService>(),
            provider.GetRequiredService<ILocalSiloDetails>(),
            PortKnock.AskAsync,
            TimeProvider.System,
            provider.GetRequiredService<ILogger<CrashWatch>>())));
        return builder;
    }

    /// <summary>
    /// Keeps the locks in the memory of the silo: for trying out and for tests. They are lost with the process (fencing tokens still
    /// grow over that), and must not be shared by silos in several processes.
    /// </summary>
    /// <param name="builder">The silo.</param>
    public static ISiloBuilder AddLockGrainsMemoryStorage(this ISiloBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMemoryGrainStorage(
            LockGrainOptions.DefaultStorageName, options => options.GrainStorageSerializer = new StoredBytesSerializer());
    }

    /// <summary>Keeps the locks in Redis, with the settings of <see cref="ParseRedis"/>.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="connectionString">A StackExchange.Redis connection string, such as <c>localhost:6379</c>.</param>
    /// <exception cref="ArgumentException">The connection string is empty or malformed.</exception>
    public static ISiloBuilder AddLockGrainsRedisStorage(this ISiloBuilder builder, string connectionString)
    {
        var connection = ParseRedis(connectionString);
        return builder.AddLockGrainsRedisStorage(options =>
        {
            options.ConfigurationOptions = connection;
            options.CreateMultiplexer = ConnectAsync;
        });
    }

    /// <summary>
    /// Keeps the locks in Redis, configured by the caller. A setting that would weaken a promise (an expiry, cleared records that stay, another
    /// serializer, no <c>HighIntegrity</c>) stops the silo at its start. With a <c>GetStorageKey</c> of the caller's own, the keys cannot be
    /// listed.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets the connection, and perhaps more.</param>
    public static ISiloBuilder AddLockGrainsRedisStorage(this ISiloBuilder builder, Action<RedisStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.AddKeyedSingleton<RedisLink>(LockGrainOptions.DefaultStorageName);
        builder.Services.AddOptions<RedisStorageOptions>(LockGrainOptions.DefaultStorageName).PostConfigure<IServiceProvider>(
            static (options, services) => services.GetRequiredKeyedService<RedisLink>(LockGrainOptions.DefaultStorageName).Watch(options));
        return builder.AddRedisGrainStorage(LockGrainOptions.DefaultStorageName, options =>
        {
            options.GrainStorageSerializer = new StoredBytesSerializer();
            options.DeleteStateOnClear = true;
            configure(options);
        });
    }

    /// <summary>
    /// Reads a connection string and adds what locks need: replies checked for order, no commands kept back to be sent late (a write
    /// that arrives late is a write of unknown outcome), trouble noticed within seconds. What the string says itself stays as it is.
    /// </summary>
    /// <param name="connectionString">A StackExchange.Redis connection string, such as <c>localhost:6379</c>.</param>
    /// <exception cref="ArgumentException">The connection string is empty or malformed.</exception>
    public static ConfigurationOptions ParseRedis(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        const string Defaults = "highIntegrity=true,abortConnect=false,connectTimeout=2000,asyncTimeout=1500";
        var connection = ConfigurationOptions.Parse($"{Defaults},{connectionString}");
        if (connection.EndPoints.Count == 0)
            throw new ArgumentException("It names no server.", nameof(connectionString));
        connection.BacklogPolicy = BacklogPolicy.FailFast;
        connection.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        connection.ReconnectRetryPolicy = new LinearRetry(250);

        // Its own threads for replies would only pass them on to the pool that the grains run on: two switches for each write.
        connection.SocketManager = SocketManager.ThreadPool;
        return connection;
    }

    // What is slower than an acquire's response time-out has been given up already.
    private static void WarnOfAcquiresLate(SiloMessagingOptions options)
    {
        if (options.RequestProcessingWarningTime == new SiloMessagingOptions().RequestProcessingWarningTime)
            options.RequestProcessingWarningTime = AcquireCall.ResponseTimeout;
    }

    /// <summary>An activation that Orleans collects before it has forgotten its key would leave the records to the tidy pass.</summary>
    private static void KeepUntilForgotten(GrainCollectionOptions options, LockGrainOptions locks)
    {
        var forgetAfter = locks.Policy?.ForgetAfter ?? Timeout.InfiniteTimeSpan;
        var age = forgetAfter + TimeSpan.FromMinutes(2);
        if (forgetAfter > TimeSpan.Zero && age > options.CollectionAge)
        {
            options.ClassSpecificCollectionAge[typeof(LockGrain).FullName!] = age;
            options.ClassSpecificCollectionAge[typeof(SessionGrain).FullName!] = age;
        }
    }

    /// <summary>As Orleans connects, but when it fails (<c>abortConnect=true</c>) the silo's last words name the server.</summary>
    private static async Task<(IConnectionMultiplexer Multiplexer, bool IsShared)> ConnectAsync(RedisStorageOptions options)
    {
        try
        {
            return await RedisStorageOptions.DefaultCreateMultiplexer(options);
        }
        catch (RedisConnectionException exception)
        {
            var servers = string.Join(", ", options.ConfigurationOptions!.EndPoints.Select(EndPointCollection.ToString));
            throw new RedisConnectionException(
                exception.FailureType, $"The Redis that keeps the locks, {servers}, cannot be reached. {exception.Message}", exception);
        }
    }
}
