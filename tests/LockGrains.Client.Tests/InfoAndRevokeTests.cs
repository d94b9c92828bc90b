using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>The operator's calls.</summary>
public sealed class InfoAndRevokeTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task GetInfo_Answered_IsPassedOn()
    {
        var info = new LockInfo { Known = true, QueueLength = 3, LastFencingToken = 9 };
        _test.Grain.Info.Reply(info);

        Assert.Same(info, await _test.Client.GetInfoAsync(TestClient.Key));
    }

    [Fact]
    public async Task GetInfo_NotKnown_IsPassedOn()
    {
        _test.Grain.Info.Reply(new LockInfo { Known = false, Detail = "storage is away" });

        Assert.False((await _test.Client.GetInfoAsync(TestClient.Key)).Known);
    }

    [Fact]
    public async Task GetInfo_CallFails_IsRepeated()
    {
        _test.Grain.Info.Throw(new TimeoutException());
        var info = _test.Client.GetInfoAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.True((await info.OrTimeoutAsync("the answer")).Known);
    }

    [Fact]
    public async Task GetInfo_ClusterAway_ThrowsUnavailableWithoutEffect()
    {
        var test = new TestClient(options => options.UnavailableTimeout = TimeSpan.FromSeconds(5));
        test.Grain.Info.Otherwise = null;
        var info = test.Client.GetInfoAsync(TestClient.Key).AsTask();
        await test.AdvanceToTimerAsync(TestClient.AttemptTimeout);

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => info.OrTimeoutAsync("the end of patience"));
        Assert.False(exception.MayHaveTakenEffect);
        Assert.StartsWith("Nobody could say who holds the lock 'orders/42'. The last failure: ", exception.Message, StringComparison.Ordinal);
        Assert.IsType<TimeoutException>(exception.InnerException);
    }

    [Fact]
    public async Task Revoke_WithToken_IsRepeatedUntilKnown()
    {
        _test.Grain.Revoke.Reply(Replies.Revoked(RevokeStatus.Unknown));
        var revoke = _test.Client.RevokeAsync(TestClient.Key, 42).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.Equal(RevokeStatus.Revoked, (await revoke.OrTimeoutAsync("the answer")).Status);
        Assert.Equal([42, 42], _test.Grain.Revoke.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Revoke_WhateverIsHeld_IsSentOnceBecauseASecondCouldHitTheSuccessor(bool throws)
    {
        if (throws)
            _test.Grain.Revoke.Throw(new TimeoutException());
        else
            _test.Grain.Revoke.Reply(Replies.Revoked(RevokeStatus.Unknown));

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(
            () => _test.Client.RevokeAsync(TestClient.Key).AsTask().OrTimeoutAsync("the exception"));
        Assert.True(exception.MayHaveTakenEffect);
        Assert.Equal(0, Assert.Single(_test.Grain.Revoke.Calls));
    }

    [Fact]
    public async Task GetInfo_Cancelled_Throws()
    {
        _test.Grain.Info.Otherwise = null;
        using var source = new CancellationTokenSource();
        var info = _test.Client.GetInfoAsync(TestClient.Key, source.Token).AsTask();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => info.OrTimeoutAsync("the cancellation"));
    }
}
