using LockGrains.Client.Tests.Fakes;
using LockGrains.Core;

namespace LockGrains.Client.Tests;

/// <summary>A caller who gives up leaves nothing behind.</summary>
public sealed class CancelTests : IDisposable
{
    private readonly TestClient _test = new();
    private readonly CancellationTokenSource _source = new();

    public void Dispose() => _source.Dispose();

    [Fact]
    public async Task Acquire_TokenCancelledBefore_ReturnsCanceledTaskWithoutACall()
    {
        await _source.CancelAsync();

        var acquire = _test.Client.AcquireAsync(TestClient.Key, cancellationToken: _source.Token);
        Assert.True(acquire.IsCanceled);
        var tryAcquire = _test.Client.TryAcquireAsync(TestClient.Key, cancellationToken: _source.Token);
        Assert.True(tryAcquire.IsCanceled);
        Assert.Empty(_test.Grain.Acquire.Calls);
    }

    [Fact]
    public async Task Acquire_CancelledWhileWaiting_CancelsAtTheSiloThenThrowsWithTheToken()
    {
        var confirmed = _test.Grain.Cancel.Hang();
        var acquire = await StartAsync();
        await _source.CancelAsync();

        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, await _test.Grain.Cancel.WhenCalledAsync());
        await _test.Time.WhenTimerDueInAsync(AcquireProtocol.CancelTimeout);
        Assert.False(acquire.IsCompleted);

        confirmed.SetResult(Replies.Cancelled());
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the cancellation"));
        Assert.Equal(_source.Token, exception.CancellationToken);
        Assert.True(acquire.IsCanceled);
    }

    [Fact]
    public async Task Acquire_CancelNotConfirmedInASecond_ThrowsAndGoesOnUntilItIs()
    {
        _test.Grain.Cancel.Throw(new TimeoutException());
        _ = _test.Grain.Cancel.Hang();
        _test.Grain.Cancel.Reply(Replies.Cancelled(CancelStatus.Unknown), Replies.Cancelled());
        var acquire = await StartAsync();
        await _source.CancelAsync();
        await _test.Time.WhenTimerDueInAsync(AcquireProtocol.CancelTimeout);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Time.WhenTimerDueInAsync(TestClient.AttemptTimeout);
        _test.Time.Advance(AcquireProtocol.CancelTimeout - TestClient.RetryDelay);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the cancellation"));

        // The second call hangs until its own time-out, the third is answered "unknown", the fourth settles it.
        await _test.AdvanceToTimerAsync(TestClient.AttemptTimeout - AcquireProtocol.CancelTimeout + TestClient.RetryDelay);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Cancel.WhenCalledAsync(4);
        await _test.Time.WhenTimersAtMostAsync(0);
        Assert.Single(_test.Grain.Cancel.Calls.Distinct());
    }

    [Fact]
    public async Task Acquire_CancelNeverConfirmed_StopsWhenNothingCanBeLeft()
    {
        var test = new TestClient(options => options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(10));
        test.Grain.Cancel.Otherwise = Replies.Cancelled(CancelStatus.Unknown);
        var acquire = test.Client.AcquireAsync(TestClient.Key, cancellationToken: _source.Token).AsTask();
        await test.Time.WhenTimerDueInAsync(TestClient.CallTimeout);
        await _source.CancelAsync();
        await test.Time.WhenTimerDueInAsync(TimeSpan.FromSeconds(10));
        await test.AdvanceToTimerAsync(AcquireProtocol.CancelTimeout);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the cancellation"));

        // Two and a half minutes for messages on their way, a call of 60 s, a lease of 30 s.
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(9));
        for (var i = 0; i < 22; i++)
            await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(10));
        await test.Grain.Cancel.WhenCalledAsync(24);
        await test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Acquire_GrantRacedTheCancel_IsReleasedByIt()
    {
        var grant = _test.Grain.Acquire.Hang();
        _test.Grain.Cancel.Reply(Replies.Cancelled(CancelStatus.Released));
        var acquire = await StartAsync();
        await _source.CancelAsync();
        await _test.Grain.Cancel.WhenCalledAsync();
        grant.SetResult(Replies.Granted());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the cancellation"));
        Assert.Empty(_test.Grain.Renew.Calls);
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Acquire_CancelledDuringABackOff_Cancels()
    {
        _test.Grain.Acquire.Throw(new TimeoutException());
        var acquire = _test.Client.AcquireAsync(TestClient.Key, cancellationToken: _source.Token).AsTask();
        await _test.Time.WhenTimerDueInAsync(TestClient.RetryDelay);
        await _source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the cancellation"));
        Assert.Single(_test.Grain.Cancel.Calls);
    }

    [Fact]
    public async Task Acquire_CancelledAfterTheGrant_ChangesNothing()
    {
        _test.Grain.Acquire.Reply(Replies.Granted());
        var handle = await _test.Client.AcquireAsync(TestClient.Key, cancellationToken: _source.Token);
        await _source.CancelAsync();

        handle.ThrowIfLost();
        await _test.AdvanceToTimerAsync(TestClient.Third);
        await _test.Grain.Renew.WhenCalledAsync();
        Assert.Empty(_test.Grain.Cancel.Calls);
    }

    private async Task<Task<LockHandle>> StartAsync()
    {
        var acquire = _test.Client.AcquireAsync(TestClient.Key, cancellationToken: _source.Token).AsTask();
        await _test.Time.WhenTimerDueInAsync(TestClient.CallTimeout);
        return acquire;
    }
}
