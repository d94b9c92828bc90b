using LockGrains.Client.Http.Tests.Harness;
using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Http.Tests;

/// <summary>A client keeps to the store that it saw first. Two stores are two lock services, and a lock of one is none of the other.</summary>
public sealed class StoreTests : IDisposable
{
    private static readonly Guid LeaseId = Guid.Parse("11111111-2222-3333-4444-555555555555");

    private readonly FakeServers _servers = new();
    private readonly CapturedLog _log = new();
    private readonly HttpTransport _transport;

    public StoreTests() => _transport = new HttpTransport(_servers.OptionsOf("a", "b"), loggerFactory: _log);

    public void Dispose()
    {
        _transport.Dispose();
        _servers.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task SecondServer_OfAnotherStore_IsNotSentTheCall_AndIsNamedWithBoth()
    {
        Serve("a", "aaaa");
        Serve("b", "bbbb");
        await RenewAsync();
        _servers.Refuse("a");

        for (var count = 0; count < 2; count++)
        {
            var problem = await Assert.ThrowsAsync<LockStoreMismatchException>(RenewAsync);
            Assert.Equal(("https://b", "bbbb", "https://a", "aaaa"), (problem.Server, problem.Store, problem.ExpectedServer, problem.ExpectedStore));
            Assert.True(Names(problem.Message), problem.Message);
        }

        Assert.DoesNotContain(_servers.Sent, static sent => sent is { Host: "b", Method: "POST" });
        Assert.Single(_log.Lines, static line => line.Level == LogLevel.Error && Names(line.Text));
    }

    [Fact]
    public async Task SecondServer_OfAnotherStore_IsLoggedAsSoonAsTheStoreIsKnown()
    {
        var logged = _log.WhenAsync(static line => line.Level == LogLevel.Error && Names(line.Text));
        Serve("a", "aaaa");
        Serve("b", "bbbb");

        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);

        await logged.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);
        Assert.Equal("aa", string.Concat(_servers.Sent.Where(static sent => sent.Method == "POST").Select(static sent => sent.Host)));
    }

    [Fact]
    public async Task Client_OfTwoStores_IsUnavailableForThatReason_AndNotGrantedByTheOther()
    {
        _servers.On("a", static _ => FakeServers.Json("""{"outcome":"granted","key":"k","fencingToken":7,"validForSeconds":30,"leaseSeconds":30,"permitNumbers":[],"valueVersion":0}"""));
        Serve("b", "bbbb");
        await using var client = LockClient.Create(_transport, new LockClientOptions { UnavailableTimeout = TimeSpan.FromMilliseconds(100), AttemptTimeout = TimeSpan.FromMilliseconds(100), RetryDelay = TimeSpan.FromMilliseconds(1) });
        var handle = await client.AcquireAsync("k");
        _servers.Refuse("a");

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(async () => await client.AcquireAsync("k"));

        Assert.Equal("https://b", Assert.IsType<LockStoreMismatchException>(exception.InnerException).Server);
        Assert.DoesNotContain(_servers.Sent, static sent => sent is { Host: "b", Method: "POST" });
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task Reply_OfAnotherStore_CountsForNothing_WhateverItSays()
    {
        Serve("a", "aaaa");
        await RenewAsync();

        // The same address, another silo: only its replies tell.
        _servers.On("a", static _ => FakeServers.Problem(409, "not-held", store: "bbbb"));

        await Assert.ThrowsAsync<LockStoreMismatchException>(RenewAsync);
    }

    [Fact]
    public async Task Server_WhoseConnectionBroke_IsAskedForItsStoreBeforeTheNextCall()
    {
        Serve("a", "aaaa");
        Serve("b", "aaaa");
        await RenewAsync();
        _servers.On("a", static _ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended"));
        Assert.Equal(RenewStatus.Unknown, (await RenewAsync()).Status);
        Serve("a", "bbbb");
        _servers.Refuse("b");
        var sent = _servers.Sent.Count;

        await Assert.ThrowsAsync<LockStoreMismatchException>(RenewAsync);

        Assert.DoesNotContain(_servers.Sent.Skip(sent), static one => one is { Host: "a", Method: "POST" });
    }

    /// <summary>It does not know the access key of this client, and is no reason to say that nobody does.</summary>
    [Theory]
    [InlineData(401, "unauthenticated")]
    [InlineData(403, "forbidden")]
    public async Task SecondServer_OfAnotherStoreThatRefuses_IsOfAnotherStore(int status, string code)
    {
        Serve("a", "aaaa");
        _servers.On("b", _ => FakeServers.Problem(status, code, store: "bbbb"));
        await RenewAsync();
        _servers.Refuse("a");

        Assert.Equal("bbbb", (await Assert.ThrowsAsync<LockStoreMismatchException>(RenewAsync)).Store);
    }

    [Fact]
    public async Task FirstServer_ThatNamesNoStore_IsNotChangedForOneThatDoes_UntilItNamesIt()
    {
        Serve("a", null);
        Serve("b", "aaaa");
        await RenewAsync();
        _servers.Refuse("a");
        var problem = await Assert.ThrowsAsync<LockStoreMismatchException>(RenewAsync);
        Assert.Equal(("aaaa", null), (problem.Store, problem.ExpectedStore));
        Assert.DoesNotContain(_servers.Sent, static sent => sent is { Host: "b", Method: "POST" });

        Serve("a", "aaaa");
        await RenewAsync();
        _servers.Refuse("a");

        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);
        Assert.Equal("b", _servers.Sent[^1].Host);
    }

    [Fact]
    public async Task Server_ComesBackWithItsStore_IsUsedAgain()
    {
        Serve("a", "aaaa");
        Serve("b", "aaaa");
        await RenewAsync();
        _servers.Refuse("a");
        await RenewAsync();
        _servers.Refuse("b");
        Serve("a", "aaaa");

        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);
    }

    [Fact]
    public async Task Server_ThatNamesNoStore_IsNotUsedBesideOneThatDoes()
    {
        Serve("a", "aaaa");
        Serve("b", null);
        await RenewAsync();
        _servers.Refuse("a");

        Assert.Null((await Assert.ThrowsAsync<LockStoreMismatchException>(RenewAsync)).Store);

        Assert.DoesNotContain(_servers.Sent, static sent => sent is { Host: "b", Method: "POST" });
    }

    [Fact]
    public async Task Servers_OfWhichNoneNamesAStore_AreUsed()
    {
        Serve("a", null);
        Serve("b", null);
        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);
        _servers.Refuse("a");

        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);
    }

    [Fact]
    public async Task Reply_WithoutAStore_OfAServerThatNamedIt_Counts()
    {
        Serve("a", "aaaa");
        await RenewAsync();
        Serve("a", null);

        Assert.Equal(RenewStatus.Renewed, (await RenewAsync()).Status);
    }

    private static bool Names(string text) =>
        text.Contains("aaaa", StringComparison.Ordinal) && text.Contains("bbbb", StringComparison.Ordinal)
        && text.Contains("https://a", StringComparison.Ordinal) && text.Contains("https://b", StringComparison.Ordinal);

    private Task<RenewReply> RenewAsync() => _transport.GetLock("k").RenewAsync(LeaseId, CancellationToken.None).AsTask();

    private void Serve(string host, string? store) => _servers.On(host, sent => FakeServers.Json(
        sent.Method == "GET" ? """{"name":"LockGrains","store":null}""" : """{"outcome":"renewed","key":"k","validForSeconds":30,"waiting":0}""", store: store));
}
