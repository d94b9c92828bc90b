using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Every way for a hold to end by its holder.</summary>
public sealed class ReleaseTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Release_Held_Releases()
    {
        var handle = await _test.AcquireAsync();

        Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync());
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Release.Calls));
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        Assert.False(handle.AtRiskToken.IsCancellationRequested);
        Assert.Equal(TimeSpan.Zero, handle.Remaining);
        Assert.Equal(EndReason.Released, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
    }

    [Fact]
    public async Task Release_Held_StopsRenewalsAndAlarm()
    {
        var handle = await _test.AcquireAsync();
        await handle.DisposeAsync();
        await _test.Time.WhenTimersAtMostAsync(0);
        _test.Time.Advance(TestClient.Guaranteed * 2);

        Assert.Empty(_test.Grain.Renew.Calls);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Release_Twice_SaysSoAndCallsOnce()
    {
        var handle = await _test.AcquireAsync();
        await handle.ReleaseAsync();

        Assert.Equal(ReleaseOutcome.AlreadyReleased, await handle.ReleaseAsync());
        await handle.DisposeAsync();
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Release_TwiceAtTheSameTime_ReleasesOnce()
    {
        var handle = await _test.AcquireAsync();
        var reply = _test.Grain.Release.Hang();
        var first = handle.ReleaseAsync().AsTask();
        var second = handle.ReleaseAsync().AsTask();
        reply.SetResult(Replies.Released);

        var outcomes = await Task.WhenAll(first, second).OrTimeoutAsync("both outcomes");
        Assert.Equal([ReleaseOutcome.Released, ReleaseOutcome.AlreadyReleased], outcomes);
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Release_SiloSaysNotHeld_SaysSo()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Release.Reply(new ReleaseReply { Status = ReleaseStatus.NotHeld, End = EndReason.Expired });

        Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync());
    }

    [Fact]
    public async Task Release_SiloSaidLostBefore_MakesNoCall()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Renew.Reply(Replies.NotHeld(EndReason.Revoked));
        _test.Time.Advance(TestClient.Third);
        await handle.HandleLostToken.WhenCancelledAsync("the loss");

        Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync());
        await handle.DisposeAsync();
        Assert.Empty(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Release_LostByTheClock_DoesNotWaitButTellsTheSilo()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { Renew = false });
        _test.Grain.Release.Otherwise = null;
        _test.Time.Advance(TestClient.Guaranteed);

        Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync().AsTask().OrTimeoutAsync("the outcome"));
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, await _test.Grain.Release.WhenCalledAsync());
        await handle.DisposeAsync();
    }

    [Fact]
    public async Task Release_OutcomeUnknown_RepeatsUntilItIsKnown()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Release.Throw(new TimeoutException())
            .Reply(new ReleaseReply { Status = ReleaseStatus.Unknown }, Replies.Released);
        var release = handle.ReleaseAsync().AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Release.WhenCalledAsync(2);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.Equal(ReleaseOutcome.Released, await release.OrTimeoutAsync("the outcome"));
        Assert.Single(_test.Grain.Release.Calls.Distinct());
    }

    [Fact]
    public async Task Release_SiloHangs_IsUnknownInBoundedTimeAndGoesOn()
    {
        var handle = await _test.AcquireAsync();
        _ = _test.Grain.Release.Hang();
        var release = handle.ReleaseAsync().AsTask();
        await _test.Grain.Release.WhenCalledAsync();
        // One for the call, one for its caller.
        await _test.Time.WhenTimersDueInAsync(TestClient.AttemptTimeout, 2);
        _test.Time.Advance(TestClient.AttemptTimeout);
        Assert.Equal(ReleaseOutcome.Unknown, await release.OrTimeoutAsync("the outcome"));

        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Release.WhenCalledAsync(2);
        Assert.Equal(ReleaseOutcome.AlreadyReleased, await handle.ReleaseAsync().AsTask().OrTimeoutAsync("the later outcome"));
    }

    [Fact]
    public async Task Release_NeverAnswered_StopsWhenTheLeaseIsSurelyOver()
    {
        var test = new TestClient(options => options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(10));
        var handle = await test.AcquireAsync();
        test.Grain.Release.Throw([.. Enumerable.Repeat(new TimeoutException(), 25)]);
        var release = handle.ReleaseAsync().AsTask();
        await test.Time.WhenTimerDueInAsync(TimeSpan.FromSeconds(10));
        await test.AdvanceToTimerAsync(TestClient.AttemptTimeout);
        Assert.Equal(ReleaseOutcome.Unknown, await release.OrTimeoutAsync("the outcome"));

        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 22; i++)
            await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(10));
        await test.Grain.Release.WhenCalledAsync(24);
        await test.Time.WhenTimersAtMostAsync(0);
        Assert.Equal(ReleaseOutcome.Unknown, await handle.ReleaseAsync());
    }

    [Fact]
    public async Task Release_TokenCancelled_EndsTheWaitingOnly()
    {
        var handle = await _test.AcquireAsync();
        var reply = _test.Grain.Release.Hang();
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handle.ReleaseAsync(source.Token).AsTask());
        await _test.Grain.Release.WhenCalledAsync();
        reply.SetResult(Replies.Released);
        Assert.Equal(ReleaseOutcome.AlreadyReleased, await handle.ReleaseAsync());
    }

    [Fact]
    public async Task Dispose_ClusterAway_NeverThrows()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Release.ThrowAtOnce(new InvalidOperationException("client is not connected"));
        _test.Grain.Release.Otherwise = null;
        var dispose = handle.DisposeAsync().AsTask();
        await _test.Time.WhenTimerDueInAsync(TestClient.AttemptTimeout);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.AdvanceToTimerAsync(TestClient.AttemptTimeout - TestClient.RetryDelay);

        await dispose.OrTimeoutAsync("the disposal");
    }

    [Fact]
    public async Task Release_WhileARenewalHangs_DoesNotWaitForIt()
    {
        var handle = await _test.AcquireAsync();
        var renewal = _test.Grain.Renew.Hang();
        _test.Time.Advance(TestClient.Third);
        await _test.Grain.Renew.WhenCalledAsync();

        Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync().AsTask().OrTimeoutAsync("the outcome"));
        renewal.SetResult(Replies.NotHeld(EndReason.Released));
        await _test.Time.WhenTimersAtMostAsync(0);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
    }
}
