using LockGrains.Client.Http.Tests.Harness;

namespace LockGrains.Client.Http.Tests;

/// <summary>Which server a call goes to, and when it goes to another.</summary>
public sealed class FailoverTests : IDisposable
{
    private const string Renewed = """{"outcome":"renewed","key":"k","validForSeconds":30,"waiting":0}""";

    // The clock of the calls stands still: what waits for it by mistake would wait for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Guid LeaseId = Guid.Parse("11111111-2222-3333-4444-555555555555");

    private readonly FakeServers _servers = new();
    private readonly ManualTimeProvider _time = new();
    private readonly CapturedLog _log = new();
    private HttpTransport? _transport;

    public FailoverTests()
    {
        foreach (var host in (string[])["a", "b"]) _servers.On(host, Serve);
    }

    public void Dispose()
    {
        _transport?.Dispose();
        _servers.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Call_ToSeveralServers_StaysWithTheFirst()
    {
        for (var count = 0; count < 3; count++) Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);

        Assert.Equal("aaa", Hosts());
    }

    [Fact]
    public async Task Call_NobodyToConnectTo_GoesToTheNextAtOnce_AndLaterOnesToo()
    {
        await RenewAsync();
        _servers.Refuse("a");

        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);
        _servers.On("a", Serve);
        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);

        Assert.Equal("aabb", Hosts());
        Assert.Contains(_log.Lines, static line => line.Text.Contains("https://b", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, static line => line.Text.Contains("secret-key", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(503, "outcome-unknown")]
    [InlineData(500, "internal")]
    [InlineData(429, "too-many-waiting")]
    public async Task Call_ServerCannotSay_IsUnknown_AndTheNextCopyGoesToTheNext(int status, string code)
    {
        await RenewAsync();
        _servers.On("a", _ => FakeServers.Problem(status, code));

        Assert.Equal(RenewStatus.Unknown, (await RenewAsync()).Status);
        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);

        Assert.Equal("aab", Hosts());
    }

    [Fact]
    public async Task Call_ConnectionBreaksBeforeTheReply_IsUnknown_AndIsNotSentTwice()
    {
        _servers.On("a", static _ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended"));

        Assert.Equal(RenewStatus.Unknown, (await RenewAsync()).Status);

        Assert.Equal("a", Hosts());
    }

    [Fact]
    public async Task Call_Denied_StaysWithItsServer()
    {
        _servers.On("a", static _ => FakeServers.Problem(409, "not-held"));

        await RenewAsync();
        await RenewAsync();

        Assert.Equal("aa", Hosts());
    }

    [Fact]
    public async Task Call_AllServersGone_IsUnknown()
    {
        _servers.Refuse("a");
        _servers.Refuse("b");

        Assert.Equal(RenewStatus.Unknown, (await RenewAsync()).Status);

        Assert.Equal("ab", Hosts());
    }

    [Fact]
    public async Task Server_SilentForLong_LetsFurtherCallsGoToTheNext_AndItsOwnReplyStillCounts()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _servers.On("b", sent =>
        {
            asked.TrySetResult();
            return Serve(sent);
        });
        await RenewAsync();

        // The look at b in the background has timers, too: one that fires with those of a below would send the calls back to a.
        await asked.Task.WaitAsync(Patience);
        await _time.WhenTimersAtMostAsync(0);
        var reply = new TaskCompletionSource<HttpResponseMessage>();
        _servers.OnAsync("a", (_, end) => reply.Task.WaitAsync(end));
        var hangs = RenewAsync();

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);

        reply.SetResult(FakeServers.Json(Renewed));
        Assert.Equal(RenewStatus.Renewed, (await hangs).Status);
        Assert.Equal("aab", Hosts());
    }

    [Fact]
    public async Task Server_SilentForTooLong_IsLost_AndAllCallsThroughItAreUnknown()
    {
        await RenewAsync();
        _servers.OnAsync("a", Hang);
        var poll = AcquireAsync(TimeSpan.FromMinutes(2));
        var renewal = RenewAsync();

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(RenewStatus.Unknown, (await renewal).Status);
        Assert.Equal(AcquireStatus.Unknown, (await poll).Status);
    }

    [Fact]
    public async Task Poll_HeldByItsServer_IsNoSilence()
    {
        await RenewAsync();
        _servers.OnAsync("a", Hang);
        var poll = AcquireAsync(TimeSpan.FromMinutes(2));
        _servers.On("a", Serve);

        _time.Advance(TimeSpan.FromSeconds(50));
        await RenewAsync();

        Assert.Equal("aaa", Hosts());
        Assert.False(poll.IsCompleted);
    }

    [Fact]
    public async Task Acquire_AfterTheFirstServerTookTime_WaitsForLess()
    {
        _servers.On("a", _ =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        });

        await AcquireAsync(TimeSpan.FromSeconds(3));

        Assert.Equal("ab", Hosts());
        Assert.Contains("\"waitSeconds\":3,", _servers.Sent[0].Body, StringComparison.Ordinal);
        Assert.Contains("\"waitSeconds\":2,", _servers.Sent[1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_WaitIsOverBeforeASecondServer_IsUnknown_AndNotSentAsOneThatDoesNotWait()
    {
        _servers.On("a", _ =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        });

        Assert.Equal(AcquireStatus.Unknown, (await AcquireAsync(TimeSpan.FromSeconds(1))).Status);

        Assert.Equal("a", Hosts());
    }

    [Fact]
    public async Task Dispose_CallsOnTheirWay_AreUnknown()
    {
        _servers.OnAsync("a", Hang);
        var poll = AcquireAsync(TimeSpan.FromMinutes(2));

        _transport!.Dispose();

        Assert.Equal(AcquireStatus.Unknown, (await poll).Status);
    }

    private static HttpResponseMessage Serve(SentRequest request) => FakeServers.Json(
        request.PathAndQuery == "/v1" ? """{"name":"LockGrains","version":"1","store":"aaaa"}""" : Renewed);

    private static async Task<HttpResponseMessage> Hang(SentRequest request, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        throw new InvalidOperationException("It is never over.");
    }

    private HttpTransport Transport() => _transport ??= new HttpTransport(_servers.OptionsOf("a", "b"), _time, _log);

    private Task<RenewReply> RenewAsync() => Transport().GetLock("k").RenewAsync(LeaseId, CancellationToken.None).AsTask().WaitAsync(Patience);

    private Task<AcquireReply> AcquireAsync(TimeSpan wait) => Transport().GetLock("k")
        .AcquireAsync(new AcquireRequest { LeaseId = LeaseId, OwnerId = "o", Wait = wait, Slice = TimeSpan.FromMinutes(1) }, CancellationToken.None).AsTask();

    /// <summary>Where the calls went. Servers are also asked who they are.</summary>
    private string Hosts() => string.Concat(_servers.Sent.Where(static sent => sent.Method == "POST").Select(static sent => sent.Host));
}
