using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Persistence;
using Orleans.Storage;
using StackExchange.Redis;

namespace LockGrains;

/// <summary>
/// Lists the keys that Redis has a lock record of: asks each primary server to go through all its keys, by the connection of the grain
/// storage.
/// </summary>
internal sealed class RedisListing(RedisLink link, string serviceId)
{
    private const int PageSize = 1000;

    // A key that somebody else put there may be anything; ours are well-formed.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// The listing of a storage that <c>AddLockGrainsRedisStorage</c> added; null when it is another one, or has names of the caller's own
    /// for its records.
    /// </summary>
    public static RedisListing? Find(IServiceProvider services, IGrainStorage storage, string storageName)
    {
        if (storage is not RedisGrainStorage || services.GetKeyedService<RedisLink>(storageName) is not { } link)
            return null;
        var options = services.GetRequiredService<IOptionsMonitor<RedisStorageOptions>>().Get(storageName);
        return options.GetStorageKey is null
            ? new RedisListing(link, services.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId)
            : null;
    }

    public async IAsyncEnumerable<string> ListAsync(
        GrainType type, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // As RedisGrainStorage names them: {ServiceId}/state/{grain}/{record}.
        var before = Encoding.UTF8.GetBytes($"{serviceId}/state/{type}/");
        var after = Encoding.UTF8.GetBytes($"/{Core.RecordName.Lock}");
        var pattern = $"{Escape(serviceId)}/state/{Escape(type.ToString()!)}/{Escape(prefix)}*/{Core.RecordName.Lock}";
        var connection = link.Connection ?? throw new InvalidOperationException("The grain storage is not connected to Redis yet.");
        var database = connection.GetDatabase().Database;
        foreach (var server in FindPrimaries(connection))
        {
            await foreach (var found in server.KeysAsync(database, pattern, PageSize).WithCancellation(cancellationToken))
            {
                var name = (byte[]?)found ?? [];
                if (name.Length > before.Length + after.Length && TryDecode(name.AsSpan(before.Length, name.Length - before.Length - after.Length), out var key))
                    yield return key;
            }
        }
    }

    /// <summary>The text as a pattern that only it matches.</summary>
    internal static string Escape(string text)
    {
        var pattern = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (character is '*' or '?' or '[' or ']' or '^' or '-' or '\\')
                pattern.Append('\\');
            pattern.Append(character);
        }

        return pattern.ToString();
    }

    // A list without what one of them has would look complete.
    private static List<IServer> FindPrimaries(IConnectionMultiplexer connection)
    {
        var primaries = connection.GetServers().Where(server => !server.IsReplica).ToList();
        if (primaries.Find(server => !server.IsConnected) is { } absent)
            throw new RedisConnectionException(
                ConnectionFailureType.UnableToConnect, $"Redis at {EndPointCollection.ToString(absent.EndPoint)} cannot be asked for its keys.");
        return primaries;
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out string key)
    {
        try
        {
            key = StrictUtf8.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            key = "";
            return false;
        }
    }
}

/// <summary>The connection that a Redis grain storage has made, for those who ask more of Redis than a grain storage can.</summary>
internal sealed class RedisLink
{
    private volatile IConnectionMultiplexer? _connection;

    public IConnectionMultiplexer? Connection => _connection;

    /// <summary>Looks on while the storage connects.</summary>
    public void Watch(RedisStorageOptions options)
    {
        var create = options.CreateMultiplexer;
        options.CreateMultiplexer = async settings =>
        {
            var made = await create(settings);
            _connection = made.Item1;
            return made;
        };
    }
}
