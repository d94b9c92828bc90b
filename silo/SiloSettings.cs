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

    private const string PortMax = "65535";

    /// <summary>
    /// The SQLite file in which a silo by itself keeps the locks, made when there is none. Default <c>lockgrains/{ServiceId}.db</c> in
    /// <c>$XDG_STATE_HOME</c> or <c>~/.local/state</c>. See <see cref="DataFile"/>.
    /// </summary>
    public string? Data { get; init => field = NullIfBlank(value); }

    /// <summary>Whether <see cref="Data"/> may be on a network or FUSE file system. Default false.</summary>
    public bool DataUnsafe { get; init; }

    /// <summary>Whether a silo by itself keeps the locks in memory only, and loses them when it ends. Default false.</summary>
    public bool Memory { get; init; }

    /// <summary>A StackExchange.Redis connection string: silos that share it form a cluster and keep the locks there. Default none.</summary>
    public string? Redis { get; init => field = NullIfBlank(value); }

    /// <summary>An Npgsql connection string: silos that share it form a cluster and keep the locks there. Default none.</summary>
    public string? Postgres { get; init => field = NullIfBlank(value); }

    /// <summary>Whether to create the tables that are missing in <see cref="Postgres"/>. Default true.</summary>
    public bool CreateSchema { get; init; } = true;

    /// <summary>How long to wait for PostgreSQL at the start before giving up. Default 30s; 0 to 1h.</summary>
    [Allowed("0", "1h")]
    public TimeSpan PostgresStartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether to serve only the HTTP API, as a client of silos that run elsewhere: those of <see cref="Gateway"/>, or those that are registered in
    /// <see cref="Redis"/> or <see cref="Postgres"/>. Default false.
    /// </summary>
    public bool Front { get; init; }

    /// <summary>The gateways that a front uses, HOST:PORT[,HOST:PORT...]. Default none.</summary>
    public string? Gateway { get; init => field = NullIfBlank(value); }

    /// <summary>How long a front waits for a silo at its start before giving up. Default 30s; 0 to 1h.</summary>
    [Allowed("0", "1h")]
    public TimeSpan ClusterStartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether to show what locks do: a silo by itself with a throw-away file, and programs that contend for its locks. Default false.
    /// </summary>
    public bool Demo { get; init; }

    /// <summary>Clients and silos with another id are refused. Default lockgrains; 1 to 128 characters.</summary>
    public string ClusterId { get; init; } = "lockgrains";

    /// <summary>
    /// The prefix of the keys in Redis, and the default name of the file. Keep it for ever, and do not share it between clusters. Clients must
    /// have the same. Default lockgrains; 1 to 128 characters.
    /// </summary>
    public string ServiceId { get; init; } = "lockgrains";

    /// <summary>
    /// The address at which silos and clients reach this one, or <c>auto</c> for that of this machine. Loopback also means: listen nowhere else.
    /// Default 127.0.0.1.
    /// </summary>
    public string AdvertisedIP { get; init; } = "127.0.0.1";

    /// <summary>The port for other silos. Default 11111; 1 to 65535.</summary>
    [Allowed("1", PortMax)]
    public int SiloPort { get; init; } = 11111;

    /// <summary>The port for clients. Default 30000; 1 to 65535.</summary>
    [Allowed("1", PortMax)]
    public int GatewayPort { get; init; } = 30000;

    /// <summary>The address on which health and the HTTP API are served; 0.0.0.0 for all. Default 127.0.0.1.</summary>
    public string HttpAddress { get; init; } = "127.0.0.1";

    /// <summary>
    /// The port of the HTTP API, of <c>/health/live</c> (the process runs) and <c>/health/ready</c> (active, not stopping, and the storage takes a
    /// write; else it says what is wrong). Default 8080; 1 to 65535.
    /// </summary>
    [Allowed("1", PortMax)]
    public int HttpPort { get; init; } = 8080;

    /// <summary>
    /// The PEM file of the certificate with which HTTP is served as HTTPS, and after it those that sign it; read again when it changes. Default none.
    /// </summary>
    public string? HttpCertificate { get; init => field = NullIfBlank(value); }

    /// <summary>The PEM file of the private key of <see cref="HttpCertificate"/>; read again when it changes. Default none.</summary>
    public string? HttpCertificateKey { get; init => field = NullIfBlank(value); }

    /// <summary>
    /// The PEM file of the certificate with which this silo, or front, speaks to other silos and to clients over mutual TLS, and after it those that sign it. That of
    /// a silo is for servers and clients and names <see cref="TlsSiloName"/>; that of a front is for clients. Read again when it changes. Default none.
    /// </summary>
    public string? TlsCertificate { get; init => field = NullIfBlank(value); }

    /// <summary>The PEM file of the private key of <see cref="TlsCertificate"/>; read again when it changes. Default none.</summary>
    public string? TlsCertificateKey { get; init => field = NullIfBlank(value); }

    /// <summary>
    /// The PEM file of those who sign the certificates of all silos and clients; nobody else is trusted. Read again when it changes. Default none.
    /// </summary>
    public string? TlsAuthority { get; init => field = NullIfBlank(value); }

    /// <summary>The DNS name that the certificates of all silos have, and those of clients have not. It needs no entry in any DNS. Default none.</summary>
    public string? TlsSiloName { get; init => field = NullIfBlank(value); }

    /// <summary>
    /// Whether Orleans clients that come through the gateway reach locks and nothing else. With <see cref="TlsCertificate"/> it is always so. Default false.
    /// </summary>
    public bool LocksOnly { get; init; }

    /// <summary>The most requests that wait for locks through the HTTP API of this silo at a time; a new one is refused with 429. Default 10,000; 1 to 1,000,000.</summary>
    [Allowed("1", "1000000")]
    public int HttpMaxWaiting { get; init; } = 10_000;

    /// <summary>The most open event streams of the HTTP API of this silo; more are refused with 429. Default 100; 0 to 100,000.</summary>
    [Allowed("0", "100000")]
    public int HttpMaxStreams { get; init; } = 100;

    /// <summary>
    /// The most that one access key may take of <see cref="HttpMaxWaiting"/> and of <see cref="HttpMaxStreams"/>, in percent, rounded up; whoever needs no key
    /// counts as one. Default 50; 1 to 100.
    /// </summary>
    [Allowed("1", "100")]
    public int HttpMaxPercentOfOne { get; init; } = 50;

    /// <summary>Whether <c>/metrics</c> is served for Prometheus, beside the HTTP API and to whoever may read there. Default true.</summary>
    public bool Metrics { get; init; } = true;

    /// <summary>How long to wait for Redis at the start before giving up. Default 30s; 0 to 1h.</summary>
    [Allowed("0", "1h")]
    public TimeSpan RedisStartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether to declare a silo dead whose port is refused after a probe failed. Off where silos reach each other through proxies. Default true.
    /// </summary>
    public bool CrashWatch { get; init; } = true;

    /// <summary>Who may use the HTTP API; null when nothing is said. It is read and checked by <see cref="SiloAccess"/>, more strictly than this binds.</summary>
    public IConfigurationSection? Access { get; init => field = value?.Exists() is true ? value : null; }

    /// <summary>How the locks behave; the same on every silo of a cluster.</summary>
    public LockPolicy Locks { get; init; } = new();

    /// <summary>Where health and the HTTP API are served.</summary>
    public string HttpUrl => $"{Scheme}://{new IPEndPoint(IPAddress.Parse(HttpAddress), HttpPort)}";

    /// <summary>Whether this is a silo that shares its locks with no other: they are in its file, or in its memory.</summary>
    public bool IsAlone => this is { Redis: null, Postgres: null, Front: false };

    /// <summary>Whether Orleans' own connections have TLS.</summary>
    public bool HasTls => TlsCertificate is not null;

    /// <summary>The address that clients use. That of all addresses is none.</summary>
    public string FindServer()
    {
        var address = IPAddress.Parse(HttpAddress);
        var isAll = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        return $"{Scheme}://{new IPEndPoint(isAll ? ResolveAdvertisedIP() : address, HttpPort)}";
    }

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="StartException">Something is wrong; the message has a line for each, with name, value and range.</exception>
    public static SiloSettings Read(IConfiguration configuration)
    {
        TranslateTimes(configuration);
        try
        {
            // A misspelt setting would be taken for a default, and the silo promise less than it was told to.
            var settings = configuration.GetSection(Section).Get<SiloSettings>(options => options.ErrorOnUnknownConfiguration = true) ?? new SiloSettings();
            ThrowIfAny(SiloSettingsRules.FindProblems(settings, SiloAccess.Read(configuration)).Concat(SiloSettingsRules.FindKestrelProblems(configuration)));
            return settings;
        }
        catch (InvalidOperationException exception)
        {
            throw new StartException(StartException.BadSettings, $"{Section}: {exception.Message}", exception);
        }
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

    /// <summary>Writes the times as .NET's binder reads them: a bare 5 is five days to it, and 5s nothing.</summary>
    private static void TranslateTimes(IConfiguration configuration)
    {
        var problems = new List<string>();
        foreach (var name in TimesOf(typeof(SiloSettings), Section).Concat(TimesOf(typeof(LockPolicy), $"{Section}:{nameof(Locks)}")))
        {
            if (configuration[name] is not { } text)
                continue;
            if (DurationText.TryParse(text, out var time, out var problem))
                configuration[name] = time.ToString();
            else
                problems.Add($"{name}: {problem}");
        }

        ThrowIfAny(problems);
    }

    private static IEnumerable<string> TimesOf(Type type, string section) =>
        type.GetProperties().Where(property => property.PropertyType == typeof(TimeSpan)).Select(property => $"{section}:{property.Name}");

    private static void ThrowIfAny(IEnumerable<string> problems)
    {
        if (string.Join(Environment.NewLine, problems) is { Length: > 0 } lines)
            throw new StartException(StartException.BadSettings, lines);
    }

    private string Scheme => HttpCertificate is null ? "http" : "https";

    private static string? NullIfBlank(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
