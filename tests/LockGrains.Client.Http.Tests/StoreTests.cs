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

        var replies = new[] { await RenewAsync(), await RenewAsync() };

        Assert.All(replies, static reply => Assert.Equal(RenewStatus.Unknown, reply.Status));
        Assert.Contains(replies, static reply => Names(reply.Detail!));
        Assert.DoesNotContain(_servers.Sent, static sent => sent is { Host: "b", Method: "POST" });
        Assert.Single(_log.Lines, static line => line.Level == LogLevel.Error && Names(line.Text));
    }

    [Fact]
    public async Task Reply_OfAnotherStore_IsUnknown_WhateverItSays()
    {
        Serve("a", "aaaa");
        await RenewAsync();

        // The same address, another silo: only its replies tell.
        _servers.On("a", static _ => FakeServers.Problem(409, "not-held", store: "bbbb"));

        Assert.Equal(RenewStatus.Unknown, (await RenewAsync()).Status);
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

        Assert.Equal(RenewStatus.Unknown, (await RenewAsync()).Status);

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

    private ValueTask<RenewReply> RenewAsync() => _transport.GetLock("k").RenewAsync(LeaseId, CancellationToken.None);

    private void Serve(string host, string? store) => _servers.On(host, sent => FakeServers.Json(
        sent.Method == "GET" ? """{"name":"LockGrains","store":null}""" : """{"outcome":"renewed","key":"k","validForSeconds":30,"waiting":0}""", store: store));
}
