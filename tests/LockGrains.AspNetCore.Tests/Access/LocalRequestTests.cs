using System.Net;
using LockGrains.AspNetCore.Access;
using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>What is taken for a program of this machine: nothing that could have come from elsewhere.</summary>
public sealed class LocalRequestTests
{
    private static readonly string[] TwoSites = ["same-origin", "cross-site"];

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.2", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("::ffff:127.1.2.3", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("fe80::1", false)]
    [InlineData(null, false)]
    public void Peer_MustBeLoopback(string? peer, bool isLocal) => Check(isLocal, context => context.Connection.RemoteIpAddress = peer is null ? null : IPAddress.Parse(peer));

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData(null, true)]
    [InlineData("10.0.0.1", false)]
    public void AddressThatWasCalled_MustBeLoopback(string? local, bool isLocal) => Check(isLocal, context => context.Connection.LocalIpAddress = local is null ? null : IPAddress.Parse(local));

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("localhost:8080", true)]
    [InlineData("LOCALHOST:8080", true)]
    [InlineData("127.0.0.1:8080", true)]
    [InlineData("[::1]:8080", true)]
    [InlineData("", false)]
    [InlineData("localhost.:8080", false)]
    [InlineData("localhost.example.com", false)]
    [InlineData("127.0.0.1.nip.io:8080", false)]
    [InlineData("127.0.0.2:8080", false)]
    [InlineData("0.0.0.0:8080", false)]
    [InlineData("rebind.example.com:8080", false)]
    [InlineData("[::ffff:127.0.0.1]:8080", false)]
    [InlineData("[::1%25lo]:8080", false)]
    public void Host_MustBeALocalName(string host, bool isLocal) => Check(isLocal, context => context.Request.Host = new HostString(host));

    [Theory]
    [InlineData("HTTP/0.9", false)]
    [InlineData("HTTP/1.0", false)]
    [InlineData("HTTP/1.1", true)]
    [InlineData("HTTP/2", true)]
    [InlineData("HTTP/3", true)]
    public void Http10_IsNeverLocal(string protocol, bool isLocal) => Check(isLocal, context => context.Request.Protocol = protocol);

    [Theory]
    [InlineData("Forwarded", "for=127.0.0.1")]
    [InlineData("forwarded", "")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("x-forwarded-for", "127.0.0.1")]
    [InlineData("X-Forwarded-Host", "localhost")]
    [InlineData("X-Forwarded-Proto", "http")]
    [InlineData("X-Forwarded-Port", "8080")]
    [InlineData("X-Forwarded-Prefix", "/")]
    [InlineData("X-Forwarded-Anything", "x")]
    [InlineData("X-Original-For", "127.0.0.1")]
    [InlineData("X-Original-Host", "localhost")]
    [InlineData("X-Real-IP", "127.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    public void HeaderOfAProxy_IsNeverLocal(string name, string value) => Check(false, context => context.Request.Headers[name] = value);

    [Theory]
    [InlineData("same-origin", true)]
    [InlineData("none", true)]
    [InlineData("same-site", false)]
    [InlineData("cross-site", false)]
    [InlineData("", false)]
    [InlineData("Same-Origin", false)]
    [InlineData("what-comes-next", false)]
    public void SecFetchSite_MustBeOfThisSite(string site, bool isLocal) => Check(isLocal, context => context.Request.Headers["Sec-Fetch-Site"] = site);

    [Fact]
    public void SecFetchSite_Twice_IsRefused() => Check(false, context => context.Request.Headers["Sec-Fetch-Site"] = TwoSites);

    [Theory]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://LOCALHOST:8080", true)]
    [InlineData("http://localhost:3000", false)]
    [InlineData("http://127.0.0.1:8080", false)]
    [InlineData("https://localhost:8080", false)]
    [InlineData("http://localhost:8080.example.com", false)]
    [InlineData("https://example.com", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    public void Origin_MustBeTheHostItself(string origin, bool isLocal) => Check(isLocal, context => context.Request.Headers.Origin = origin);

    [Fact]
    public void PlainRequestOfAProgram_IsLocal() => Check(true, _ => { });

    private static void Check(bool isLocal, Action<HttpContext> change)
    {
        var context = AccessHost.LocalRequest();
        change(context);

        Assert.Equal(isLocal, LocalRequest.FindObstacle(context) is null);
        using var host = new AccessHost("{}", options => options.Anonymous = AnonymousAccess.LocalWithoutKeys);
        var decision = host.Access.Decide(context, AccessVerb.Acquire, "a");
        Assert.Equal(isLocal ? AccessOutcome.Allowed : AccessOutcome.Unauthenticated, decision.Outcome);
        Assert.Equal(isLocal, decision.Reason is null);
    }
}
