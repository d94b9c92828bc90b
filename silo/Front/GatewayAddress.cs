using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LockGrains.Silo.Front;

/// <summary>The host and port of a silo's gateway.</summary>
internal sealed record GatewayAddress(string Host, int Port)
{
    public const string Form = "HOST:PORT[,HOST:PORT...], for example localhost:30000 or [::1]:30000";

    /// <summary>Reads a comma-separated list.</summary>
    public static bool TryParseList(
        string text,
        [NotNullWhen(true)] out IReadOnlyList<GatewayAddress>? gateways,
        [NotNullWhen(false)] out string? problem)
    {
        var list = new List<GatewayAddress>();
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!TryParse(item, out var gateway))
            {
                gateways = null;
                problem = $"'{item}' is not a gateway. Write {Form}.";
                return false;
            }

            list.Add(gateway);
        }

        gateways = list;
        problem = null;
        return true;
    }

    /// <summary>Reads a list in which <see cref="TryParseList"/> finds no problem.</summary>
    public static IReadOnlyList<GatewayAddress> ParseList(string text) =>
        TryParseList(text, out var gateways, out var problem) ? gateways : throw new ArgumentException(problem, nameof(text));

    /// <summary>All addresses of the host, as they are now. IPv4 first: silos listen there unless told otherwise.</summary>
    /// <exception cref="SocketException">The name is unknown.</exception>
    public async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(Host, out var literal))
            return [new IPEndPoint(literal, Port)];

        var addresses = await Dns.GetHostAddressesAsync(Host, cancellationToken);
        return addresses.Length == 0
            ? throw new SocketException((int)SocketError.HostNotFound)
            : [.. addresses.OrderBy(address => address.AddressFamily != AddressFamily.InterNetwork).Select(address => new IPEndPoint(address, Port))];
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    private static bool TryParse(string text, [NotNullWhen(true)] out GatewayAddress? gateway)
    {
        gateway = null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port == 0)
        {
            return false;
        }

        var host = text[..colon];
        if (host is ['[', .. var inner, ']'])
        {
            host = inner;
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        gateway = new GatewayAddress(host, port);
        return Uri.CheckHostName(host) != UriHostNameType.Unknown;
    }
}
