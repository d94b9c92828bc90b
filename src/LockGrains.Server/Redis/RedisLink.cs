using LockGrains.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Persistence;
using Orleans.Storage;
using StackExchange.Redis;

namespace LockGrains;

/// <summary>
/// The connection that a Redis grain storage has made, and how it names its records: for what asks more of Redis than a grain storage can.
/// </summary>
internal sealed class RedisLink(IOptions<ClusterOptions> cluster)
{
    private volatile IConnectionMultiplexer? _connection;
    private TimeSpan _timeout = TimeSpan.MaxValue;

    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public IConnectionMultiplexer Connection =>
        _connection ?? throw new InvalidOperationException("The grain storage is not connected to Redis yet.");

    /// <summary>How long Redis may take to answer.</summary>
    public TimeSpan Timeout => _timeout;

    /// <summary>What the names of all records begin with.</summary>
    public string Prefix => $"{cluster.Value.ServiceId}/state/";

    /// <summary>
    /// The connection of a storage that <c>AddLockGrainsRedisStorage</c> added; null when it is another one, or has names of the caller's own
    /// for its records.
    /// </summary>
    public static RedisLink? Find(IServiceProvider services, IGrainStorage storage, string storageName) =>
        storage is RedisGrainStorage
        && services.GetRequiredService<IOptionsMonitor<RedisStorageOptions>>().Get(storageName).GetStorageKey is null
            ? services.GetKeyedService<RedisLink>(storageName)
            : null;

    /// <summary>The name of a record, as the grain storage has it.</summary>
    public RedisKey KeyOf(GrainId grainId, RecordName name) => $"{Prefix}{grainId}/{name}";

    /// <summary>Looks on while the storage connects.</summary>
    public void Watch(RedisStorageOptions options)
    {
        var create = options.CreateMultiplexer;
        options.CreateMultiplexer = async settings =>
        {
            var made = await create(settings);
            if (settings.ConfigurationOptions is { } configuration)
                _timeout = TimeSpan.FromMilliseconds(configuration.AsyncTimeout);
            _connection = made.Item1;
            return made;
        };
    }
}
