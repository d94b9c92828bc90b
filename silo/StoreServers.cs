using System.Net;
using System.Net.Sockets;
using Npgsql;
using StackExchange.Redis;

namespace LockGrains.Silo;

/// <summary>Where the servers of a storage are: on this machine, or elsewhere.</summary>
internal static class StoreServers
{
    /// <summary>The first server of Redis that is on another machine; null where all are on this one.</summary>
    public static string? FindElsewhere(ConfigurationOptions redis) =>
        redis.EndPoints.FirstOrDefault(static server => !IsHere(server)) is { } server ? EndPointCollection.ToString(server) : null;

    /// <summary>The same of PostgreSQL.</summary>
    public static string? FindElsewhere(NpgsqlConnectionStringBuilder postgres) =>
        postgres.Host!.Split(',', StringSplitOptions.TrimEntries).FirstOrDefault(static host => !IsHere(host));

    /// <summary>The storage of a silo that other machines cannot reach, if it is on one of them: of two such silos none sees the other.</summary>
    /// <param name="settings">The settings, in which <see cref="SiloSettingsRules"/> finds nothing.</param>
    public static string? FindOfUnreachable(SiloSettings settings) =>
        settings.Front || !IPAddress.IsLoopback(settings.ResolveAdvertisedIP()) ? null
        : settings.Redis is { } redis ? FindElsewhere(LockGrainsSiloBuilderExtensions.ParseRedis(redis))
        : settings.Postgres is { } postgres ? FindElsewhere(new NpgsqlConnectionStringBuilder(postgres))
        : null;

    /// <summary>Says it, if there is anything to say.</summary>
    public static void Log(ILogger logger, SiloSettings settings)
    {
        if (FindOfUnreachable(settings) is { } server)
            logger.LogUnreachable(server);
    }

    private static bool IsHere(EndPoint server) => server switch
    {
        IPEndPoint address => IPAddress.IsLoopback(address.Address),
        DnsEndPoint name => IsHere(name.Host),
        UnixDomainSocketEndPoint => true,
        _ => false,
    };

    // A path is that of a socket of this machine. A port may follow a name.
    private static bool IsHere(string host) =>
        host.StartsWith('/') || host.StartsWith('@')
        || IPEndPoint.TryParse(host, out var address) && IPAddress.IsLoopback(address.Address)
        || host.Split(':')[0].Equals("localhost", StringComparison.OrdinalIgnoreCase);
}
