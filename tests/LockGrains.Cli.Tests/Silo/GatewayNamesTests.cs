using System.Net;
using System.Net.Sockets;
using LockGrains.Silo.Front;

namespace LockGrains.Cli.Tests.Silo;

public sealed class GatewayNamesTests
{
    private readonly Dictionary<string, string[]> _names = [];

    [Fact]
    public async Task GetGateways_NameWithSeveralAddresses_HasThemAll()
    {
        _names["silos"] = ["10.0.0.1", "10.0.0.2", "fe80::1"];
        Assert.Equal(["10.0.0.1:30000", "10.0.0.2:30000", "[fe80::1]:30000"], await AskAsync(Names("silos")));
    }

    [Fact]
    public async Task GetGateways_NameThatHasMoved_IsWhereItIsNow()
    {
        var names = Names("silos");
        _names["silos"] = ["10.0.0.1"];
        Assert.Equal(["10.0.0.1:30000"], await AskAsync(names));
        _names["silos"] = ["10.0.0.9"];
        Assert.Equal(["10.0.0.9:30000"], await AskAsync(names));
    }

    [Fact]
    public async Task GetGateways_OneNameIsUnknown_HasTheOthersOnce()
    {
        _names["silos"] = ["10.0.0.1"];
        _names["the same"] = ["10.0.0.1"];
        Assert.Equal(["10.0.0.1:30000"], await AskAsync(Names("unknown", "silos", "the same")));
    }

    [Fact]
    public async Task GetGateways_NoNameIsKnown_HasNone() => Assert.Empty(await Names("unknown").GetGateways());

    private static async Task<IEnumerable<string>> AskAsync(GatewayNames names) =>
        (await names.GetGateways()).Select(uri => uri.Authority);

    private GatewayNames Names(params string[] hosts) => new(
        [.. hosts.Select(host => new GatewayAddress(host, 30000))],
        (name, _) => _names.TryGetValue(name.Host, out var addresses)
            ? Task.FromResult<IReadOnlyList<IPEndPoint>>([.. addresses.Select(address => new IPEndPoint(IPAddress.Parse(address), name.Port))])
            : Task.FromException<IReadOnlyList<IPEndPoint>>(new SocketException((int)SocketError.HostNotFound)));
}
