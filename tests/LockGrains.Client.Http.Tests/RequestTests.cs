using System.Text.Json;
using LockGrains.Client.Http.Tests.Harness;

namespace LockGrains.Client.Http.Tests;

/// <summary>What is sent: the members that the API reads strictly, the key exactly as it is, and the access key in its header alone.</summary>
public sealed class RequestTests : IDisposable
{
    private static readonly Guid LeaseId = Guid.Parse("11111111-2222-3333-4444-555555555555");

    private readonly FakeServers _servers = new();
    private readonly HttpTransport _transport;

    public RequestTests()
    {
        _transport = _servers.Connect("a");
        _servers.On("a", static _ => FakeServers.Problem(503, "outcome-unknown"));
    }

    public void Dispose()
    {
        _transport.Dispose();
        _servers.Dispose();
    }

    [Fact]
    public async Task Acquire_Plain_SaysAllThatItAsksFor()
    {
        await AcquireAsync(new AcquireRequest { LeaseId = LeaseId, OwnerId = "o", Wait = TimeSpan.FromSeconds(90), Slice = TimeSpan.FromSeconds(60), Renews = true });

        AssertSent("POST", "/v1/acquire");
        var body = Body();
        Assert.Equal(("k", LeaseId.ToString(), "o"), (body.GetProperty("key").GetString(), body.GetProperty("leaseId").GetString(), body.GetProperty("owner").GetString()));
        Assert.InRange(body.GetProperty("waitSeconds").GetDouble(), 80, 90);
        Assert.InRange(body.GetProperty("pollSeconds").GetDouble(), 40, 50);
        Assert.Equal((30, true, "exclusive", 1), (
            body.GetProperty("leaseSeconds").GetDouble(), body.GetProperty("renews").GetBoolean(), body.GetProperty("mode").GetString(), body.GetProperty("permits").GetInt32()));
        Assert.False(body.TryGetProperty("limit", out _) || body.TryGetProperty("value", out _) || body.TryGetProperty("session", out _) || body.TryGetProperty("sessionToken", out _));
    }

    [Fact]
    public async Task Acquire_ForEver_SaysNull_AndWithoutAWaitZero()
    {
        await AcquireAsync(new AcquireRequest { LeaseId = LeaseId, OwnerId = "o", Wait = Timeout.InfiniteTimeSpan });
        Assert.Equal(JsonValueKind.Null, Body().GetProperty("waitSeconds").ValueKind);

        await AcquireAsync(new AcquireRequest { LeaseId = LeaseId, OwnerId = "o" });
        Assert.Equal((0, 0), (Body().GetProperty("waitSeconds").GetDouble(), Body().GetProperty("pollSeconds").GetDouble()));
    }

    [Fact]
    public async Task Acquire_WithEverything_SaysIt()
    {
        await AcquireAsync(new AcquireRequest
        {
            LeaseId = LeaseId,
            OwnerId = "o",
            Mode = LockMode.Shared,
            Permits = 2,
            Limit = 3,
            LockDelay = TimeSpan.FromSeconds(4),
            SessionId = "s",
            SessionToken = 5,
            Value = LockValue.OfText("é", TimeSpan.FromSeconds(6)),
        });

        var body = Body();
        Assert.Equal(("shared", 2, 3, 4, "s", 5), (
            body.GetProperty("mode").GetString(),
            body.GetProperty("permits").GetInt32(),
            body.GetProperty("limit").GetInt32(),
            body.GetProperty("lockDelaySeconds").GetDouble(),
            body.GetProperty("session").GetString(),
            body.GetProperty("sessionToken").GetInt64()));
        Assert.Equal(("w6k=", 6), (body.GetProperty("value").GetProperty("base64").GetString(), body.GetProperty("value").GetProperty("keepForSeconds").GetDouble()));
    }

    [Theory]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("..", "..")]
    [InlineData("a b+c&d=e#f?", "a%20b%2Bc%26d%3De%23f%3F")]
    [InlineData("é", "%C3%A9")]
    [InlineData("e\u0301", "e%CC%81")]
    [InlineData("🔒", "%F0%9F%94%92")]
    public async Task Key_OfTheAliasSet_IsExactInTheBodyAndInTheQuery(string key, string encoded)
    {
        await _transport.GetLock(key).RenewAsync(LeaseId, CancellationToken.None);
        Assert.Equal(key, Body().GetProperty("key").GetString());

        await _transport.GetLock(key).GetValueAsync(CancellationToken.None);
        AssertSent("GET", $"/v1/value?key={encoded}");
    }

    [Fact]
    public async Task LimitOfNone_AndAValueThatIsCleared_AreThere()
    {
        await _transport.GetLock("k").SetLimitAsync(null, 3, CancellationToken.None);
        Assert.Equal("""{"key":"k","limit":null,"ifVersion":3}""", _servers.Sent[^1].Body);

        await _transport.GetLock("k").SetValueAsync(new SetValueRequest { LeaseId = LeaseId, Value = new LockValue(), IfVersion = 3 }, CancellationToken.None);
        Assert.Equal($$"""{"key":"k","leaseId":"{{LeaseId}}","value":{"base64":""},"ifVersion":3}""", _servers.Sent[^1].Body);
    }

    [Fact]
    public async Task List_Request_IsInTheQuery_AndThePageIsReadBack()
    {
        _servers.On("a", static _ => FakeServers.Json("""
            {"locks":[{"key":"p/1","held":true,"owner":"o","fencingToken":3,"mode":"shared","holderCount":2,"permitsTaken":2,"limit":null,"isHeldBack":false,
              "heldForSeconds":1,"expiresInSeconds":2,"queueLength":4,"isUpgrading":true,"longestWaitSeconds":5}],"next":"p/1","silosMissing":["x"]}
            """));

        var page = await _transport.ListAsync(
            new LockListRequest { Prefix = "p/", State = LockListState.Held, After = "p/0", Limit = 1, SilosMissing = ["y"] }, CancellationToken.None);

        AssertSent("GET", "/v1/locks?prefix=p%2F&state=held&limit=1&after=p%2F0");
        Assert.Equal(("p/1", 2, LockMode.Shared, 4, true), (page.Locks[0].Key, page.Locks[0].HolderCount, page.Locks[0].Mode, page.Locks[0].QueueLength, page.Locks[0].IsUpgrading));
        Assert.Equal("p/1", page.Next);
        Assert.Equal(["x", "y"], page.SilosMissing.Order());
    }

    [Fact]
    public async Task Session_Calls_AreThoseOfSessions()
    {
        var session = _transport.GetSession("s");
        _servers.On("a", static _ => FakeServers.Json("""{"outcome":"opened","session":"s","sessionToken":4,"validForSeconds":15,"leaseSeconds":15}"""));
        var opened = await session.AcquireAsync(new AcquireRequest { LeaseId = LeaseId, OwnerId = "o", Lease = TimeSpan.FromSeconds(15) }, CancellationToken.None);
        AssertSent("POST", "/v1/session/open");
        _servers.On("a", static _ => FakeServers.Json("""{"outcome":"renewed","session":"s","validForSeconds":15,"revokedKeys":["k"]}"""));
        var renewed = await session.RenewAsync(LeaseId, CancellationToken.None);
        AssertSent("POST", "/v1/session/renew");
        _servers.On("a", static _ => FakeServers.Json("""{"outcome":"closed","session":"s"}"""));
        var cancelled = await session.CancelAsync(LeaseId, CancellationToken.None);
        AssertSent("POST", "/v1/session/close");
        _servers.On("a", static _ => FakeServers.Json("""{"outcome":"revoked","session":"s"}"""));
        var revoked = await session.RevokeAsync(0, CancellationToken.None);
        AssertSent("POST", "/v1/session/revoke");
        _servers.On("a", static _ => FakeServers.Json(
            """{"session":"s","alive":true,"owner":"o","sessionToken":4,"leaseSeconds":15,"expiresInSeconds":14,"openForSeconds":1,"metadata":null}"""));
        var info = await session.GetInfoAsync(CancellationToken.None);
        AssertSent("GET", "/v1/session?id=s");

        Assert.Equal((AcquireStatus.Granted, 4, TimeSpan.FromSeconds(15)), (opened.Status, opened.FencingToken, opened.ValidFor));
        Assert.Equal(RenewStatus.Renewed, renewed.Status);
        Assert.Equal("k", Assert.Single(renewed.RevokedKeys));
        Assert.Equal(CancelStatus.Released, cancelled.Status);
        Assert.Equal(RevokeStatus.Revoked, revoked.Status);
        Assert.Equal(("o", 4), (info.Holder!.OwnerId, info.Holder.FencingToken));
    }

    [Fact]
    public async Task Revoke_WithAReason_SendsIt_AndElseNone()
    {
        var options = _servers.OptionsOf("a");
        options.RevokeReason = "host is gone";
        using var transport = new HttpTransport(options);
        await transport.GetLock("k").RevokeAsync(7, CancellationToken.None);
        Assert.Equal(("k", 7, "host is gone"), (
            Body().GetProperty("key").GetString(), Body().GetProperty("fencingToken").GetInt64(), Body().GetProperty("reason").GetString()));
        await transport.GetSession("s").RevokeAsync(0, CancellationToken.None);
        Assert.Equal(("s", "host is gone"), (Body().GetProperty("session").GetString(), Body().GetProperty("reason").GetString()));

        await _transport.GetLock("k").RevokeAsync(7, CancellationToken.None);
        Assert.False(Body().TryGetProperty("reason", out _));
        await _transport.GetSession("s").RevokeAsync(0, CancellationToken.None);
        Assert.False(Body().TryGetProperty("reason", out _));
    }

    [Fact]
    public async Task AccessKey_OfEachCall_IsInItsHeaderAndNowhereElse()
    {
        await AcquireAsync(new AcquireRequest { LeaseId = LeaseId, OwnerId = "o" });
        await _transport.GetLock("k").GetValueAsync(CancellationToken.None);

        Assert.All(_servers.Sent, static sent =>
        {
            Assert.Equal(("Bearer", "secret-key"), (sent.Authorization?.Scheme, sent.Authorization?.Parameter));
            Assert.DoesNotContain("secret-key", sent.Body + sent.PathAndQuery, StringComparison.Ordinal);
        });
    }

    private ValueTask<AcquireReply> AcquireAsync(AcquireRequest request) => _transport.GetLock("k").AcquireAsync(request, CancellationToken.None);

    private JsonElement Body() => JsonDocument.Parse(_servers.Sent[^1].Body).RootElement;

    private void AssertSent(string method, string path) => Assert.Equal((method, path), (_servers.Sent[^1].Method, _servers.Sent[^1].PathAndQuery));
}
