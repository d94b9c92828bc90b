using System.Net;
using System.Net.Sockets;
using LockGrains.Core;
using StackExchange.Redis;

namespace LockGrains.Silo;

/// <summary>
/// The settings of the host, section <c>LockGrains</c> of the configuration. A default starts one silo, reachable from this machine
/// only, with its locks in a file.
/// </summary>
internal sealed record SiloSettings
{
    public const string Section = "LockGrains";

    /// <summary>The value of <see cref="AdvertisedIP"/> that means "the address of this machine", as in a container.</summary>
    public const string Auto = "auto";

    /// <summary>
    /// The SQLite file in which a silo by itself keeps the locks, made when there is none. Null is a file among the user's state, named
    /// after <see cref="ServiceId"/> (<see cref="DataFile"/>).
    /// </summary>
    public string? Data { get; init; }

    /// <summary>Whether <see cref="Data"/> may be on a network or FUSE file system.</summary>
    public bool DataUnsafe { get; init; }

    /// <summary>Whether a silo by itself keeps the locks in memory only, and loses them when it ends.</summary>
    public bool Memory { get; init; }

    /// <summary>A Redis connection string: silos that share it form a cluster and keep the locks there.</summary>
    public string? Redis { get; init; }

    /// <summary>An Npgsql connection string: silos that share it form a cluster and keep the locks there.</summary>
    public string? Postgres { get; init => field = string.IsNullOrWhiteSpace(value) ? null : value; }

    /// <summary>Whether to create the tables that are missing in <see cref="Postgres"/>.</summary>
    public bool CreateSchema { get; init; } = true;

    /// <summary>How long to wait for PostgreSQL at the start before giving up.</summary>
    public TimeSpan PostgresStartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Clients and silos with another id are refused.</summary>
    public string ClusterId { get; init; } = "lockgrains";

    /// <summary>The name of the state in Redis, and of the file that keeps it by default; keep it for ever.</summary>
    public string ServiceId { get; init; } = "lockgrains";

    /// <summary>
    /// The address at which silos and clients reach this one, or <see cref="Auto"/>. Loopback also means: listen nowhere else.
    /// </summary>
    public string AdvertisedIP { get; init; } = "127.0.0.1";

    /// <summary>The port for other silos.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>The port for clients.</summary>
    public int GatewayPort { get; init; } = 30000;

    /// <summary>The address on which health is served; 0.0.0.0 for all.</summary>
    public string HttpAddress { get; init; } = "127.0.0.1";

    /// <summary>The port on which health is served.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>How long to wait for Redis at the start before giving up.</summary>
    public TimeSpan RedisStartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether to declare a silo dead whose port is refused after a probe failed. Off where silos reach each other through proxies.
    /// </summary>
    public bool CrashWatch { get; init; } = true;

    /// <summary>How the locks behave; the same on every silo of a cluster.</summary>
    public LockPolicy Locks { get; init; } = new();

    /// <summary>Where health is served, as Kestrel wants it.</summary>
    public string HttpUrl => $"http://{new IPEndPoint(IPAddress.Parse(HttpAddress), HttpPort)}";

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="StartException">Something is wrong; the message has a line for each, with name, value and range.</exception>
    public static SiloSettings Read(IConfiguration configuration)
    {
        SiloSettings settings;
        try
        {
            // A misspelt setting would be taken for a default, and the silo promise less than it was told to.
            settings = configuration.GetSection(Section).Get<SiloSettings>(options => options.ErrorOnUnknownConfiguration = true)
                ?? new SiloSettings();
        }
        catch (InvalidOperationException exception)
        {
            throw new StartException(StartException.BadSettings, $"{Section}: {exception.Message}", exception);
        }

        settings = settings with
        {
            Redis = string.IsNullOrWhiteSpace(settings.Redis) ? null : settings.Redis,
            Data = string.IsNullOrWhiteSpace(settings.Data) ? null : settings.Data,
        };
        var problems = SiloSettingsRules.FindProblems(settings).ToList();
        return problems.Count == 0
            ? settings
            : throw new StartException(StartException.BadSettings, string.Join(Environment.NewLine, problems));
    }

    /// <summary>The address that <see cref="AdvertisedIP"/> stands for.</summary>
    public IPAddress ResolveAdvertisedIP()
    {
        if (AdvertisedIP != Auto)
        {
            return IPAddress.Parse(AdvertisedIP);
        }

        var addresses = Array.FindAll(Dns.GetHostAddresses(Dns.GetHostName()), address => !IPAddress.IsLoopback(address));
        return Array.Find(addresses, address => address.AddressFamily == AddressFamily.InterNetwork)
            ?? addresses.FirstOrDefault()
            ?? throw new StartException(
                StartException.BadSettings,
                $"{Section}:{nameof(AdvertisedIP)} is '{Auto}', but this machine's name ({Dns.GetHostName()}) has no address "
                + "but loopback; give an IP address.");
    }

    /// <summary>The full path of the file that <see cref="Data"/> stands for.</summary>
    /// <exception cref="StartException">None is set, and there is no place for it.</exception>
    public string FindDataFile() => Path.GetFullPath(Data ?? DataFile.FindDefault(ServiceId, Environment.GetEnvironmentVariable));

    /// <summary>The Redis settings of the membership and of health: those of the locks, under a name that <c>CLIENT LIST</c> shows.</summary>
    public ConfigurationOptions MakeRedisOptions()
    {
        var options = LockGrainsSiloBuilderExtensions.ParseRedis(Redis!);
        options.ClientName = $"lockgrains-silo/{Environment.MachineName}/{SiloPort}";
        return options;
    }
}
