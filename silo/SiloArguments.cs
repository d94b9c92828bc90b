using System.Reflection;
using System.Text.Json;

namespace LockGrains.Silo;

/// <summary>
/// The silo's arguments: short names for its settings, and any setting by its full name. A misspelt one is refused; taken for
/// nothing, it would start a silo by itself that was meant to share its locks on Redis.
/// </summary>
internal static class SiloArguments
{
    public const string Help = """
        lockgrains silo: serves distributed locks.

          --demo                 show what locks do: programs contend for them, and it tells what happens
          --data PATH            keep locks in this SQLite file, for one silo by itself
                                 (default: lockgrains/SERVICE-ID.db in $XDG_STATE_HOME or ~/.local/state)
          --data-unsafe          let that file be on a network or FUSE file system
          --memory               keep locks in memory only: they end with the silo
          --redis CONNSTR        cluster with, and keep locks in, this Redis
          --postgres CONNSTR     cluster with, and keep locks in, this PostgreSQL; an Npgsql connection string
          --create-schema BOOL   create what is missing there (default true)
          --front                serve the HTTP API alone, for silos that run elsewhere, found by one of
                                 --gateway, --redis and --postgres; it keeps no locks
          --gateway HOST:PORT[,...]  the gateways of those silos
          --cluster-start-timeout T  how long a front waits for a silo at the start (default 30s)
          --cluster-id ID        default lockgrains
          --service-id ID        default lockgrains
          --advertised-ip IP     where others reach this silo; auto in a container (default 127.0.0.1)
          --silo-port N          for other silos (default 11111)
          --gateway-port N       for clients (default 30000)
          --http-address IP      where health and the HTTP API are served (default 127.0.0.1)
          --http-port N          the HTTP API, GET /health/live and /health/ready (default 8080)
          --http-certificate PATH      serve it as HTTPS, with the certificate of this PEM file
          --http-certificate-key PATH  its private key, a PEM file
          --tls-certificate PATH       mutual TLS for silos and Orleans clients: the own certificate, a PEM file
          --tls-certificate-key PATH   its private key, a PEM file
          --tls-authority PATH         who signs the certificates of all silos and clients, a PEM file
          --tls-silo-name NAME         the DNS name in the certificates of all silos
          --locks-only           let Orleans clients reach locks and nothing else; always so with --tls-certificate
          --http-max-waiting N   the most requests that wait over HTTP (default 10000)
          --http-max-streams N   the most event streams over HTTP (default 100)
          --http-max-percent-of-one N  the most of both for one access key, in percent (default 50)
          --metrics BOOL         GET /metrics for Prometheus, beside the HTTP API (default true)
          --redis-start-timeout T     how long to wait for Redis at the start (default 30s)
          --postgres-start-timeout T  how long to wait for PostgreSQL at the start (default 30s)
          --crash-watch BOOL     declare a silo dead whose port is refused; false where silos meet through proxies (default true)

        Each is a setting of section LockGrains in appsettings.json too, and an environment variable: LockGrains__Redis.
        Any other setting: --Section:Name VALUE, for example --LockGrains:Locks:QueueLimit 1000.
        Metrics and traces are sent by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT is set, see docs/MONITORING.md.
        Who may use the HTTP API: section LockGrains:Access, see docs/ACCESS.md; `lockgrains key new` makes an access key.
        Durations (T): 500ms, 10s, 2m, 1h, or 0. A number needs its unit.

        Exit codes: 0 stopped; 64 a setting is wrong, or the file cannot be used; 69 no Redis, PostgreSQL or silo; 70 could not start;
        74 the disk of the file answered with an error.

        Examples:
          dotnet run --project silo
          dotnet run --project silo -- --demo
          dotnet run --project silo -- --data /var/lib/lockgrains/locks.db
          dotnet run --project silo -- --redis localhost:6379 --silo-port 11112 --gateway-port 30001 --http-port 8081
          dotnet run --project silo -- --front --gateway localhost:30000 --http-port 8082
          dotnet run --project silo -- --postgres "Host=localhost;Username=lockgrains;Password=...;Database=lockgrains"
        """;

    private static readonly IEnumerable<PropertyInfo> Settings =
        typeof(SiloSettings).GetProperties().Where(property => property.CanWrite && property.Name is not (nameof(SiloSettings.Locks) or nameof(SiloSettings.Access)));

    /// <summary>Argument to setting: <c>--silo-port</c> to <c>LockGrains:SiloPort</c>.</summary>
    public static IReadOnlyDictionary<string, string> Names { get; } =
        Settings.ToDictionary(NameOf, setting => $"{SiloSettings.Section}:{setting.Name}", StringComparer.OrdinalIgnoreCase);

    // Said by their name alone.
    private static HashSet<string> Switches { get; } =
        new(Settings.Where(setting => false.Equals(setting.GetValue(new SiloSettings()))).Select(NameOf), StringComparer.OrdinalIgnoreCase);

    public static bool AsksForHelp(string[] args) => args is ["--help" or "-h" or "-?", ..];

    /// <summary>Adds the arguments to a configuration, above all else in it.</summary>
    /// <exception cref="StartException">One is unknown or has no value.</exception>
    public static void AddTo(IConfigurationBuilder configuration, string[] args)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var index = 0; index < args.Length; index++)
        {
            var (name, value) = Split(args[index]);
            var setting = FindSetting(name)
                ?? throw new StartException(StartException.BadSettings, $"Unknown argument '{name}'; see --help.");

            if (value is null && Switches.Contains(name))
                value = bool.TrueString;
            if (value is null && ++index >= args.Length)
            {
                throw new StartException(StartException.BadSettings, $"'{name}' needs a value; see --help.");
            }

            values[setting] = value ?? args[index];
        }

        configuration.AddInMemoryCollection(values);
    }

    private static string? FindSetting(string name)
    {
        var isFullName = name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal);
        return isFullName ? name[2..] : Names.GetValueOrDefault(name);
    }

    private static (string Name, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static string NameOf(PropertyInfo setting) => $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(setting.Name)}";
}
