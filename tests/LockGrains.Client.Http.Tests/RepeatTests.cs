using System.Net;
using System.Text.Json;
using LockGrains.Client.Http.Tests.Harness;

namespace LockGrains.Client.Http.Tests;

/// <summary>A reply that is lost, or that a proxy made up, is repeated as the same request at the next server, and has its effect once.</summary>
public sealed class RepeatTests : IAsyncDisposable
{
    private static readonly Dictionary<string, Func<HttpResponseMessage>> Lost = new()
    {
        ["502"] = static () => FakeServers.Make("<html>", "text/html", HttpStatusCode.BadGateway, store: null),
        ["503"] = static () => FakeServers.Problem(503, "outcome-unknown"),
        ["504"] = static () => FakeServers.Make("<html>", "text/html", HttpStatusCode.GatewayTimeout, store: null),
        ["cut"] = static () => throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended"),
        ["reset"] = static () => throw new HttpRequestException("reset", new IOException("reset")),
        ["half"] = static () => FakeServers.Json("{\"outcome\":\"granted\",\"key\":\"k\",\"fenc"),
    };

    private readonly FakeServers _servers = new();
    private readonly LockClient _client;

    public RepeatTests()
    {
        _client = LockClient.Create(_servers.OptionsOf("a", "b"), new LockClientOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        foreach (var host in (string[])["a", "b"])
            _servers.On(host, Serve);
    }

    public static TheoryData<string> Names => [.. Lost.Keys];

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _servers.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Acquire_ReplyIsLost_IsSentAgainUnderTheSameLeaseId(string name)
    {
        _servers.On("a", _ => Lost[name]());

        var handle = await _client.AcquireAsync("k");

        handle.ThrowIfLost();
        AssertOneLeaseId("/v1/acquire", atLeast: 2);
        Assert.Contains(_servers.Sent, static sent => sent is { Host: "b", PathAndQuery: "/v1/acquire" });
        Assert.DoesNotContain(_servers.Sent, static sent => sent.PathAndQuery == "/v1/cancel");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Release_ReplyIsLost_IsSentAgain_AndIsNoLoss(string name)
    {
        var handle = await _client.AcquireAsync("k");
        _servers.On("a", _ => Lost[name]());

        Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync());

        AssertOneLeaseId("/v1/release", atLeast: 2);
    }

    private static HttpResponseMessage Serve(SentRequest sent) => FakeServers.Json(sent.PathAndQuery switch
    {
        "/v1" => """{"name":"LockGrains","store":"aaaa"}""",
        "/v1/acquire" => """{"outcome":"granted","key":"k","fencingToken":7,"validForSeconds":30,"leaseSeconds":30,"permitNumbers":[],"valueVersion":0}""",
        _ => """{"outcome":"released","key":"k"}""",
    });

    private void AssertOneLeaseId(string path, int atLeast)
    {
        var ids = _servers.Sent.Where(sent => sent.PathAndQuery == path).Select(static sent => JsonDocument.Parse(sent.Body).RootElement.GetProperty("leaseId").GetGuid()).ToList();
        Assert.True(ids.Count >= atLeast, $"{path} was sent {ids.Count} times.");
        Assert.Single(ids.Distinct());
    }
}
