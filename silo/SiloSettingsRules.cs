using System.Net;
using LockGrains.AspNetCore.Access;
using LockGrains.Core;
using LockGrains.Silo.Front;

namespace LockGrains.Silo;

/// <summary>What settings must be. A silo that would start with a weaker promise than it was asked for does not start.</summary>
internal static class SiloSettingsRules
{
    // Orleans puts both ids into keys and handshakes; a bound keeps those readable.
    private const int IdLengthMax = 128;

    private const string KestrelEndpoints = "Kestrel:Endpoints";

    /// <summary>Every problem, one line each: the setting's name, its value and what it may be.</summary>
    public static IEnumerable<string> FindProblems(SiloSettings settings, AccessOptions access)
    {
        IEnumerable<string?> found =
        [
            .. AllowedAttribute.FindProblems(settings).Select(Name),
            settings.Front ? null : FindSharedPort(settings),
            FindIdProblem(nameof(settings.ClusterId), settings.ClusterId),
            FindIdProblem(nameof(settings.ServiceId), settings.ServiceId),
            FindAdvertisedProblem(settings.AdvertisedIP),
            IPAddress.TryParse(settings.HttpAddress, out _)
                ? null
                : Say(nameof(settings.HttpAddress), settings.HttpAddress, "an IP address, 0.0.0.0 for all"),
            settings.Redis is { } redis ? FindRedisProblem(redis) : null,
            settings.Demo ? FindDemoProblem(settings) : settings.Front ? FindFrontProblem(settings) : FindStorageProblem(settings),
            FindCertificateProblem(settings),
            FindTlsProblem(settings),
            settings.Postgres is { } postgres && PostgreSqlLocks.FindProblem(postgres) is { } wrong ? $"{Name(nameof(settings.Postgres))} {wrong}" : null,
            .. AccessProblems.Find(access),
            FindAnonymousProblem(settings, access),
            .. settings.Locks.Problems().Select(problem => $"{Name(nameof(settings.Locks))}:{problem}"),
        ];
        return found.OfType<string>();
    }

    /// <summary>ASP.NET would listen there instead, and what is open without an access key was decided for another address.</summary>
    public static IEnumerable<string> FindKestrelProblems(IConfiguration configuration) =>
        configuration.GetSection(KestrelEndpoints).Exists()
            ? [$"{KestrelEndpoints} is set; the silo serves HTTP on {Name(nameof(SiloSettings.HttpAddress))} and {nameof(SiloSettings.HttpPort)} alone. Leave it out."]
            : [];

    private static string? FindSharedPort(SiloSettings settings)
    {
        int[] ports = [settings.SiloPort, settings.GatewayPort, settings.HttpPort];
        return ports.Distinct().Count() == ports.Length
            ? null
            : $"{Name(nameof(settings.SiloPort))}, {nameof(settings.GatewayPort)} and {nameof(settings.HttpPort)} are "
                + $"{string.Join(", ", ports)}; they must differ.";
    }

    private static string? FindIdProblem(string name, string? id) =>
        string.IsNullOrWhiteSpace(id) || id.Length > IdLengthMax || id.Any(char.IsControl)
            ? Say(name, id, $"a name of 1 to {IdLengthMax} characters")
            : null;

    private static string? FindAdvertisedProblem(string? address)
    {
        if (address == SiloSettings.Auto)
        {
            return null;
        }

        // A silo that advertises "everywhere" is found by nobody.
        return IPAddress.TryParse(address, out var parsed) && !parsed.Equals(IPAddress.Any) && !parsed.Equals(IPAddress.IPv6Any)
            ? null
            : Say(nameof(SiloSettings.AdvertisedIP), address, $"an IP address at which others reach this silo, or {SiloSettings.Auto}");
    }

    private static string? FindStorageProblem(SiloSettings settings)
    {
        var storages = NamesOf(
            (nameof(settings.Redis), settings.Redis is not null),
            (nameof(settings.Postgres), settings.Postgres is not null),
            (nameof(settings.Data), settings.Data is not null),
            (nameof(settings.Memory), settings.Memory));
        if (storages.Count > 1)
            return $"{Name(string.Join(" and ", storages))} are set together; locks are kept in one place. Leave one.";
        if (settings.Gateway is { } gateway)
            return $"{Name(nameof(settings.Gateway))} is '{gateway}', but this is no front. Set {nameof(settings.Front)}, or leave it out.";
        return settings.DataUnsafe && (settings.Memory || settings.Redis is not null || settings.Postgres is not null)
            ? $"{Name(nameof(settings.DataUnsafe))} is set, but the locks are not kept in a file. Leave it out."
            : null;
    }

    // What Redis and PostgreSQL are set to is not repeated: it may hold a password.
    private static string? FindFrontProblem(SiloSettings settings)
    {
        var storages = NamesOf(
            (nameof(settings.Data), settings.Data is not null),
            (nameof(settings.DataUnsafe), settings.DataUnsafe),
            (nameof(settings.Memory), settings.Memory),
            (nameof(settings.LocksOnly), settings.LocksOnly));
        if (storages.Count > 0)
            return $"{Name(nameof(settings.Front))} is true, and {string.Join(" and ", storages)} {(storages.Count > 1 ? "are" : "is")} set; a front keeps no locks. Leave out {nameof(settings.Front)}, or the other.";
        var ways = NamesOf(
            (nameof(settings.Gateway), settings.Gateway is not null),
            (nameof(settings.Redis), settings.Redis is not null),
            (nameof(settings.Postgres), settings.Postgres is not null));
        return ways.Count switch
        {
            0 => $"{Name(nameof(settings.Front))} is true, and nothing says where its silos are; set one of {nameof(settings.Gateway)}, {nameof(settings.Redis)} and {nameof(settings.Postgres)}.",
            > 1 => $"{Name(string.Join(" and ", ways))} are set together; a front finds its silos in one place. Leave one.",
            _ => settings.Gateway is { } gateway && !GatewayAddress.TryParseList(gateway, out _, out var problem) ? $"{Name(nameof(settings.Gateway))}: {problem}" : null,
        };
    }

    // What Redis and PostgreSQL are set to is not repeated: it may hold a password.
    private static string? FindDemoProblem(SiloSettings settings)
    {
        var others = NamesOf(
            (nameof(settings.Redis), settings.Redis is not null),
            (nameof(settings.Postgres), settings.Postgres is not null),
            (nameof(settings.Data), settings.Data is not null),
            (nameof(settings.Memory), settings.Memory),
            (nameof(settings.Front), settings.Front),
            (nameof(settings.Gateway), settings.Gateway is not null),
            (nameof(settings.HttpCertificate), settings.HttpCertificate is not null),
            (nameof(settings.TlsCertificate), settings.TlsCertificate is not null));
        return others.Count == 0
            ? null
            : $"{Name(nameof(settings.Demo))} is true, and {string.Join(" and ", others)} {(others.Count > 1 ? "are" : "is")} set; "
                + "a demo has a throw-away file and plain HTTP. Leave out one or the other.";
    }

    private static string? FindCertificateProblem(SiloSettings settings)
    {
        var (certificate, key) = (settings.HttpCertificate, settings.HttpCertificateKey);
        if (certificate is null == key is null)
            return null;
        var (set, missing) = certificate is null
            ? (nameof(settings.HttpCertificateKey), nameof(settings.HttpCertificate))
            : (nameof(settings.HttpCertificate), nameof(settings.HttpCertificateKey));
        return $"{Name(set)} is '{certificate ?? key}', and {missing} is not set; set both, or none.";
    }

    private static string? FindTlsProblem(SiloSettings settings)
    {
        (string Name, bool IsSet)[] all =
        [
            (nameof(settings.TlsCertificate), settings.TlsCertificate is not null),
            (nameof(settings.TlsCertificateKey), settings.TlsCertificateKey is not null),
            (nameof(settings.TlsAuthority), settings.TlsAuthority is not null),
            (nameof(settings.TlsSiloName), settings.TlsSiloName is not null),
        ];
        var set = NamesOf(all);
        if (set.Count is 0)
            return null;
        if (set.Count == all.Length)
            return LockGrainsTlsOptions.FindNameProblem(settings.TlsSiloName) is { } problem ? $"{Name(nameof(settings.TlsSiloName))} {problem}" : null;
        var missing = all.Select(one => one.Name).Except(set).ToList();
        return $"{Name(string.Join(" and ", set))} {(set.Count > 1 ? "are" : "is")} set, and {string.Join(" and ", missing)} "
            + $"{(missing.Count > 1 ? "are" : "is")} not; set all four, or none.";
    }

    private static string? FindAnonymousProblem(SiloSettings settings, AccessOptions access)
    {
        if (access.Anonymous == AnonymousAccess.None || !IPAddress.TryParse(settings.HttpAddress, out var address))
            return null;
        var obstacle = !settings.IsAlone ? "a cluster asks everybody for an access key"
            : IPAddress.IsLoopback(address) ? null
            : $"others can reach {settings.HttpAddress}";
        return obstacle is null ? null : $"{AccessOptions.Section}:{nameof(access.Anonymous)} is 'local', but {obstacle}; it must be none, or left out.";
    }

    private static string? FindRedisProblem(string redis)
    {
        // The value is not repeated: it may hold a password.
        try
        {
            return LockGrainsSiloBuilderExtensions.ParseRedis(redis).HighIntegrity
                ? null
                : $"{Name(nameof(SiloSettings.Redis))} sets highIntegrity=false; a swapped reply could turn a refused write into a second holder. Leave it out.";
        }
        catch (ArgumentException exception)
        {
            return $"{Name(nameof(SiloSettings.Redis))} is malformed ({exception.Message.Split(" (Parameter")[0].TrimEnd('.')}); it must be "
                + "HOST:PORT[,HOST:PORT...][,password=...][,ssl=true].";
        }
    }

    private static List<string> NamesOf(params (string Name, bool IsSet)[] settings) => [.. settings.Where(one => one.IsSet).Select(one => one.Name)];

    private static string Say(string name, object? value, string range) => $"{Name(name)} is '{value}'; it must be {range}.";

    private static string Name(string name) => $"{SiloSettings.Section}:{name}";
}
