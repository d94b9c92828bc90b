using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Asking whether a hold is current.</summary>
public sealed class VerifyTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Verify_Current_IsTrue()
    {
        var handle = await _test.AcquireAsync();

        Assert.True(await handle.VerifyAsync());
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Verify.Calls));
    }

    [Fact]
    public async Task Verify_NotCurrent_IsFalseAndLost()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Verify.Reply(Replies.Verified(VerifyStatus.NotHeld));

        Assert.False(await handle.VerifyAsync());
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Verify_Unknown_IsRepeated()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Verify.Throw(new TimeoutException()).Reply(Replies.Verified(VerifyStatus.Unknown));
        var verify = handle.VerifyAsync().AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Verify.WhenCalledAsync(2);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.True(await verify.OrTimeoutAsync("the answer"));
    }

    [Fact]
    public async Task Verify_NobodyCanSay_ThrowsUnavailable()
    {
        var test = new TestClient(options =>
        {
            options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(3);
            options.UnavailableTimeout = TimeSpan.FromSeconds(9);
        });
        var handle = await test.AcquireAsync();
        test.Grain.Verify.Otherwise = Replies.Verified(VerifyStatus.Unknown);
        var verify = handle.VerifyAsync().AsTask();
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(3));
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(3));

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => verify.OrTimeoutAsync("the end of patience"));
        Assert.False(exception.MayHaveTakenEffect);
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task Verify_LeaseEndsMeanwhile_IsFalse()
    {
        var test = new TestClient(options => options.AttemptTimeout = TimeSpan.FromSeconds(60));
        var handle = await test.AcquireAsync(new AcquireOptions { Renew = false });
        var reply = test.Grain.Verify.Hang();
        var verify = handle.VerifyAsync().AsTask();
        await test.Time.WhenTimerDueInAsync(TimeSpan.FromSeconds(60));
        test.Time.Advance(TestClient.Guaranteed);

        Assert.False(await verify.OrTimeoutAsync("the answer"));
        reply.SetResult(Replies.Verified(VerifyStatus.Current));
    }

    [Fact]
    public async Task Verify_LostOrReleased_IsFalseWithoutACall()
    {
        var lost = await _test.AcquireAsync(new AcquireOptions { Renew = false });
        _test.Time.Advance(TestClient.Guaranteed);
        Assert.False(await lost.VerifyAsync());
        var released = await _test.AcquireAsync();
        await released.DisposeAsync();
        Assert.False(await released.VerifyAsync());

        Assert.Empty(_test.Grain.Verify.Calls);
    }

    [Fact]
    public async Task Verify_Cancelled_ThrowsWithTheToken()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Verify.Otherwise = null;
        using var source = new CancellationTokenSource();
        var verify = handle.VerifyAsync(source.Token).AsTask();
        await _test.Grain.Verify.WhenCalledAsync();
        await source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => verify.OrTimeoutAsync("the cancellation"));
        Assert.Equal(source.Token, exception.CancellationToken);
        handle.ThrowIfLost();
    }
}
