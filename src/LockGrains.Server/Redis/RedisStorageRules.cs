using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Persistence;
using Orleans.Storage;
using StackExchange.Redis;

namespace LockGrains;

/// <summary>What Redis storage must and must not be set to, if locks are to be safe on it.</summary>
internal static class RedisStorageRules
{
    /// <summary>The first version whose replies cannot be shifted by one after a broken write (StackExchange.Redis #3092).</summary>
    private static readonly Version ClientVersionMin = new(2, 13, 17);

    public static IEnumerable<string> Problems(IServiceProvider services, string storageName)
    {
        if (services.GetKeyedService<IGrainStorage>(storageName) is not RedisGrainStorage)
            return [];
        return Problems(services.GetRequiredService<IOptionsMonitor<RedisStorageOptions>>().Get(storageName), storageName, ClientVersion());
    }

    internal static IEnumerable<string> Problems(RedisStorageOptions options, string storageName, Version clientVersion)
    {
        var prefix = $"Redis grain storage '{storageName}': {nameof(RedisStorageOptions)}.";
        if (options.EntryExpiry is { } expiry)
        {
            yield return $"{prefix}{nameof(options.EntryExpiry)} is {expiry}; records that vanish take fencing tokens and queues along. Leave it null.";
        }

        if (!options.DeleteStateOnClear)
        {
            yield return $"{prefix}{nameof(options.DeleteStateOnClear)} is false; a record that is to be deleted would stay as an empty one with an ETag, "
                + "which no lock can be read from. Set it to true.";
        }

        if (options.GrainStorageSerializer is not StoredBytesSerializer)
        {
            yield return $"{prefix}{nameof(options.GrainStorageSerializer)} is {options.GrainStorageSerializer?.GetType().Name ?? "null"}; the JSON default "
                + $"resolves type names that anybody with access to Redis can plant. Set it to a {nameof(StoredBytesSerializer)}.";
        }

        if (options.ConfigurationOptions is null)
        {
            yield return $"{prefix}{nameof(options.ConfigurationOptions)} is null; set it, also beside a {nameof(options.CreateMultiplexer)} of your own, "
                + "so that its safety can be checked.";
        }
        else if (!options.ConfigurationOptions.HighIntegrity)
        {
            yield return $"{prefix}{nameof(options.ConfigurationOptions)}.{nameof(ConfigurationOptions.HighIntegrity)} is false; a swapped reply could turn "
                + "a refused write into a second holder. Set it to true (highIntegrity=true in a connection string).";
        }

        if (clientVersion < ClientVersionMin)
        {
            yield return $"StackExchange.Redis is {clientVersion}; versions before {ClientVersionMin} can hand a reply to the wrong caller. "
                + $"Reference {ClientVersionMin} or newer.";
        }
    }

    internal static Version ClientVersion()
    {
        // The assembly version stays at 2.0 through the years; the file version is the package's.
        var assembly = typeof(ConnectionMultiplexer).Assembly;
        var fileVersion = assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyFileVersionAttribute), inherit: false)
            .OfType<System.Reflection.AssemblyFileVersionAttribute>().FirstOrDefault()?.Version;
        return Version.TryParse(fileVersion, out var version) ? version : assembly.GetName().Version ?? new Version();
    }
}
