using System.Net;
using LockGrains.Client.Http.Tests.Harness;

namespace LockGrains.Client.Http.Tests;

/// <summary>Whatever is no reply of the API says nothing: it is neither granted nor denied, neither renewed nor lost.</summary>
public sealed class UnknownTests : IDisposable
{
    private static readonly Guid LeaseId = Guid.Parse("11111111-2222-3333-4444-555555555555");

    // Nobody but a server of this API, which says it of this very key, is believed.
    private static readonly Dictionary<string, Func<HttpResponseMessage>> Replies = new()
    {
        ["outcome-unknown"] = static () => FakeServers.Problem(503, "outcome-unknown"),
        ["internal"] = static () => FakeServers.Problem(500, "internal"),
        ["too-slow"] = static () => FakeServers.Problem(408, "too-slow"),
        ["too-many-waiting"] = static () => FakeServers.Problem(429, "too-many-waiting"),
        ["not-found"] = static () => FakeServers.Problem(404, "not-found"),
        ["a code of later"] = static () => FakeServers.Problem(409, "of-later"),
        ["a code with another status"] = static () => FakeServers.Problem(503, "not-held"),
        ["busy with another status"] = static () => FakeServers.Problem(502, "busy"),
        ["a problem without a code"] = static () => FakeServers.Make("""{"status":423}""", "application/problem+json", HttpStatusCode.Locked),
        ["a proxy's 502"] = static () => FakeServers.Make("<html>", "text/html", HttpStatusCode.BadGateway, store: null),
        ["a proxy's 504"] = static () => FakeServers.Make("<html>", "text/html", HttpStatusCode.GatewayTimeout, store: null),
        ["a proxy's 423"] = static () => FakeServers.Make("<html>", "text/html", HttpStatusCode.Locked, store: null),
        ["a proxy's 409 in JSON"] = static () => FakeServers.Json("""{"code":"not-held"}""", HttpStatusCode.Conflict),
        ["a redirection"] = static () => FakeServers.Make("", "text/plain", HttpStatusCode.Found, store: null),
        ["no content"] = static () => FakeServers.Make("", "application/json", HttpStatusCode.OK),
        ["no JSON"] = static () => FakeServers.Json("{\"outcome\":\"granted\",\"key\":\"k\",\"fenc"),
        ["null"] = static () => FakeServers.Json("null"),
        ["a list"] = static () => FakeServers.Json("[]"),
        ["an empty object"] = static () => FakeServers.Json("{}"),
        ["HTML with 200"] = static () => FakeServers.Make("<html>", "text/html", HttpStatusCode.OK),
        ["another key"] = static () => FakeServers.Json(AllOf("K")),
        ["no key"] = static () => FakeServers.Json(AllOf("k").Replace("\"key\":\"k\",", "", StringComparison.Ordinal)),
        ["a member of another type"] = static () => FakeServers.Json(AllOf("k").Replace("\"fencingToken\":7", "\"fencingToken\":\"7\"", StringComparison.Ordinal)),
        ["a broken connection"] = static () => throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended"),
        ["a reset connection"] = static () => throw new HttpRequestException("reset", new IOException("reset")),
        ["nobody to connect to"] = static () => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"),
        ["a time-out of another handler"] = static () => throw new TaskCanceledException("late", new TimeoutException()),
        ["a defect of a handler"] = static () => throw new InvalidOperationException("defect"),
    };

    private readonly FakeServers _servers = new();
    private readonly HttpTransport _transport;
    private readonly IRemoteLock _lock;

    public UnknownTests()
    {
        _transport = _servers.Connect("a");
        _lock = _transport.GetLock("k");
    }

    public static TheoryData<string> Names => [.. Replies.Keys];

    public void Dispose()
    {
        _transport.Dispose();
        _servers.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Reply_ThatIsNoneOfTheApi_IsUnknownToEachCall(string name)
    {
        _servers.On("a", _ => Replies[name]());
        var (none, hold) = (CancellationToken.None, new SetValueRequest { LeaseId = LeaseId, Value = LockValue.OfText("v"), IfVersion = 0 });

        Assert.Equal(AcquireStatus.Unknown, (await _lock.AcquireAsync(new AcquireRequest { LeaseId = LeaseId, OwnerId = "o" }, none)).Status);
        Assert.Equal(AcquireStatus.Unknown, (await _lock.UpgradeAsync(new UpgradeRequest { LeaseId = LeaseId, Change = 1 }, none)).Status);
        Assert.Equal(RenewStatus.Unknown, (await _lock.RenewAsync(LeaseId, none)).Status);
        Assert.Equal(ReleaseStatus.Unknown, (await _lock.ReleaseAsync(LeaseId, none)).Status);
        Assert.Equal(CancelStatus.Unknown, (await _lock.CancelAsync(LeaseId, none)).Status);
        Assert.Equal(VerifyStatus.Unknown, (await _lock.VerifyAsync(LeaseId, none)).Status);
        Assert.Equal(ChangeStatus.Unknown, (await _lock.CancelUpgradeAsync(LeaseId, 1, none)).Status);
        Assert.Equal(ChangeStatus.Unknown, (await _lock.DowngradeAsync(new DowngradeRequest { LeaseId = LeaseId, Change = 1 }, none)).Status);
        Assert.Equal(ValueStatus.Unknown, (await _lock.SetValueAsync(hold, none)).Status);
        Assert.Equal(ValueStatus.Unknown, (await _lock.GetValueAsync(none)).Status);
        Assert.Equal(LimitStatus.Unknown, (await _lock.SetLimitAsync(1, 0, none)).Status);
        Assert.Equal(RevokeStatus.Unknown, (await _lock.RevokeAsync(1, none)).Status);
        await Assert.ThrowsAsync<IOException>(async () => await _lock.GetInfoAsync(none));
        await Assert.ThrowsAsync<IOException>(async () => await _lock.BeatAsync([LeaseId], none));
        await Assert.ThrowsAsync<IOException>(async () => await _transport.ListAsync(new LockListRequest(), none));
    }

    [Fact]
    public async Task Reply_OfASiloWhoseApiIsOff_SaysWhereToLook()
    {
        _servers.On("a", static _ => FakeServers.Make("", "text/plain", HttpStatusCode.NotFound, store: null));

        var reply = await _lock.RenewAsync(LeaseId, CancellationToken.None);

        Assert.EndsWith("replied with the status 404, and not as the API of LockGrains does. A silo whose API is off replies so: its log says why.", reply.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"validForSeconds\":5,", "")]
    [InlineData("\"validForSeconds\":5,", "\"validForSeconds\":-1,")]
    [InlineData("\"validForSeconds\":5,", "\"validForSeconds\":1e300,")]
    [InlineData("\"leaseSeconds\":30,", "")]
    [InlineData("\"fencingToken\":7,", "")]
    [InlineData("\"fencingToken\":7,", "\"fencingToken\":0,")]
    public async Task Grant_WithAPartMissingOrWrong_IsUnknown(string part, string instead)
    {
        const string Granted = """{"outcome":"granted","key":"k","fencingToken":7,"validForSeconds":5,"leaseSeconds":30,"permitNumbers":[],"valueVersion":0}""";
        _servers.On("a", _ => FakeServers.Json(Granted.Replace(part, instead, StringComparison.Ordinal)));

        Assert.Equal(AcquireStatus.Unknown, (await _lock.AcquireAsync(new AcquireRequest { LeaseId = LeaseId, OwnerId = "o" }, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task Renewal_WithoutATime_IsUnknown()
    {
        _servers.On("a", _ => FakeServers.Json("""{"outcome":"renewed","key":"k","waiting":0}"""));

        Assert.Equal(RenewStatus.Unknown, (await _lock.RenewAsync(LeaseId, CancellationToken.None)).Status);
    }

    // Whatever a call looks for is there, but the outcome is that of an acquire alone.
    private static string AllOf(string key) =>
        $$"""{"outcome":"granted","key":"{{key}}","fencingToken":7,"validForSeconds":5,"leaseSeconds":30,"permitNumbers":[],"valueVersion":0}""";
}
