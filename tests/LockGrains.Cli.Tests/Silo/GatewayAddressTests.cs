using System.Net;
using LockGrains.Silo.Front;

namespace LockGrains.Cli.Tests.Silo;

public sealed class GatewayAddressTests
{
    [Fact]
    public void TryParseList_Several_KeepsTheirOrder()
    {
        Assert.True(GatewayAddress.TryParseList("localhost:30000, 10.0.0.1:30001,[::1]:30002", out var gateways, out _));
        Assert.Equal(["localhost:30000", "10.0.0.1:30001", "[::1]:30002"], gateways.Select(gateway => gateway.ToString()));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData(":30000")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:+1")]
    [InlineData("::1:30000")]
    [InlineData("a b:30000")]
    [InlineData("good:1,,good:2")]
    public void TryParseList_NotAGateway_NamesTheForm(string text)
    {
        Assert.False(GatewayAddress.TryParseList(text, out _, out var problem));
        Assert.Contains("HOST:PORT", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_Localhost_PrefersIPv4()
    {
        var endpoints = await new GatewayAddress("localhost", 30000).ResolveAsync(CancellationToken.None);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 30000), endpoints[0]);
    }
}
