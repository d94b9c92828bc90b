using System.Runtime.CompilerServices;
using System.Text;
using StackExchange.Redis;

namespace LockGrains;

/// <summary>
/// Lists the keys that Redis has a lock record of: asks each primary server to go through all its keys, by the connection of the grain
/// storage.
/// </summary>
internal sealed class RedisListing(RedisLink link)
{
    private const int PageSize = 1000;

    // A key that somebody else put there may be anything; ours are well-formed.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public async IAsyncEnumerable<string> ListAsync(
        GrainType type, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = Encoding.UTF8.GetBytes($"{link.Prefix}{type}/");
        var after = Encoding.UTF8.GetBytes($"/{Core.RecordName.Lock}");
        var pattern = $"{Escape(link.Prefix)}{Escape(type.ToString()!)}/{Escape(prefix)}*/{Core.RecordName.Lock}";
        var connection = link.Connection;
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
