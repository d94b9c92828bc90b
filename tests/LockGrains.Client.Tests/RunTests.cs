using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Work under a lock as one call: when it is released, and which of two endings the caller is told.</summary>
public sealed class RunTests : IDisposable
{
    private readonly TestClient _test = new();
    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource<int> _work = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RunTests() => _test.Grain.Acquire.Reply(Replies.Granted());

    public void Dispose() => _source.Dispose();

    [Fact]
    public async Task Run_WorkEnds_ReleasesThenAndGivesItsResult()
    {
        var run = _test.Client.RunAsync(TestClient.Key, (handle, _) =>
        {
            Assert.Equal(Replies.Token, handle.FencingToken);
            return _work.Task;
        });
        await _test.WhenRenewalArmedAsync();
        Assert.Empty(_test.Grain.Release.Calls);
        _work.SetResult(5);

        Assert.Equal(5, await run.OrTimeoutAsync("the result"));
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Run_WithoutAResult_Ends()
    {
        var isDone = false;
        await _test.Client.RunAsync(TestClient.Key, async (_, _) =>
        {
            await Task.Yield();
            isDone = true;
        });

        Assert.True(isDone);
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Run_WorkFails_ReleasesAndThrowsThat()
    {
        await Assert.ThrowsAsync<FormatException>(() => _test.Client.RunAsync(TestClient.Key, (_, _) => throw new FormatException()));
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Run_LockIsLost_StopsTheWorkWaitsForItAndThrows()
    {
        _test.Grain.Renew.Reply(Replies.NotHeld(EndReason.Revoked));
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = _test.Client.RunAsync(TestClient.Key, async (_, stop) =>
        {
            await stop.WhenCancelledAsync("the order to stop");
            stopping.SetResult();
            await _work.Task;
            stop.ThrowIfCancellationRequested();
        });
        await _test.AdvanceToTimerAsync(TestClient.Third);
        await stopping.Task.OrTimeoutAsync("the order to stop");
        Assert.False(run.IsCompleted, "The work has not ended.");
        _work.SetResult(0);

        Assert.Equal(EndReason.Revoked, (await Assert.ThrowsAsync<LockLostException>(() => run.OrTimeoutAsync("the end"))).End);
    }

    [Fact]
    public async Task Run_LockAtRisk_StopsTheWorkAndIsCancelledByThatTokenAfterTheRelease()
    {
        CancellationToken atRisk = default;
        var run = _test.Client.RunAsync(
            TestClient.Key,
            (handle, stop) =>
            {
                atRisk = handle.AtRiskToken;
                return _work.Task.WaitAsync(stop);
            },
            options: new AcquireOptions { Renew = false },
            cancellationToken: _source.Token);
        await _test.AdvanceToTimerAsync(TestClient.Third * 2);

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.OrTimeoutAsync("the end"));
        Assert.Equal(atRisk, exception.CancellationToken);
        Assert.StartsWith("The work under the lock 'orders/42' was told to stop, and did: the lock was at risk", exception.Message, StringComparison.Ordinal);
        Assert.True(run.IsCanceled);
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Run_LockAtRiskAndTheWorkEndsWell_HasEndedWell()
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = _test.Client.RunAsync(
            TestClient.Key,
            async (handle, stop) =>
            {
                await stop.WhenCancelledAsync("the order to stop");
                Assert.False(handle.HandleLostToken.IsCancellationRequested, "A third of the lease is left.");
                told.SetResult();
                return await _work.Task;
            },
            options: new AcquireOptions { Renew = false });
        await _test.AdvanceToTimerAsync(TestClient.Third * 2);
        await told.Task.OrTimeoutAsync("the order to stop");
        _work.SetResult(5);

        Assert.Equal(5, await run.OrTimeoutAsync("the result"));
    }

    [Fact]
    public async Task Run_LockIsLostButTheWorkEndsWell_Throws()
    {
        var run = _test.Client.RunAsync(TestClient.Key, (_, _) => _work.Task);
        await _test.WhenRenewalArmedAsync();
        _test.Time.Suspend(TestClient.Guaranteed);
        _work.SetResult(5);

        Assert.Equal(EndReason.Expired, (await Assert.ThrowsAsync<LockLostException>(() => run.OrTimeoutAsync("the end"))).End);
    }

    [Fact]
    public async Task Run_SiloSaysAtTheReleaseThatItWasLost_Throws()
    {
        _test.Grain.Release.Reply(new ReleaseReply { Status = ReleaseStatus.NotHeld });

        var exception = await Assert.ThrowsAsync<LockLostException>(() => _test.Client.RunAsync(TestClient.Key, (_, _) => Task.FromResult(5)));
        Assert.Equal(EndReason.None, exception.End);
    }

    [Fact]
    public async Task Run_LockIsLostAndTheWorkFails_ThrowsWhatTheWorkThrew()
    {
        var run = _test.Client.RunAsync(TestClient.Key, async (_, _) =>
        {
            await _work.Task;
            throw new FormatException();
        });
        await _test.WhenRenewalArmedAsync();
        _test.Time.Suspend(TestClient.Guaranteed);
        _work.SetResult(5);

        await Assert.ThrowsAsync<FormatException>(() => run.OrTimeoutAsync("the end"));
    }

    [Fact]
    public async Task Run_CallerCancelsAndTheWorkStops_IsCancelledByTheCallersTokenAfterTheRelease()
    {
        var run = _test.Client.RunAsync(TestClient.Key, (_, stop) => _work.Task.WaitAsync(stop), cancellationToken: _source.Token);
        await _test.WhenRenewalArmedAsync();
        await _source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.OrTimeoutAsync("the end"));
        Assert.Equal(_source.Token, exception.CancellationToken);
        Assert.True(run.IsCanceled);
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Run_CallerCancelsAndTheWorkEndsWell_HasEndedWell()
    {
        var run = _test.Client.RunAsync(TestClient.Key, (_, _) => _work.Task, cancellationToken: _source.Token);
        await _source.CancelAsync();
        _work.SetResult(5);

        Assert.Equal(5, await run.OrTimeoutAsync("the result"));
    }

    [Fact]
    public async Task Run_CallerCancelsAndThenTheLockIsLost_TheLossIsTold()
    {
        var run = _test.Client.RunAsync(
            TestClient.Key,
            async (_, stop) =>
            {
                await _work.Task;
                stop.ThrowIfCancellationRequested();
            },
            cancellationToken: _source.Token);
        await _test.WhenRenewalArmedAsync();
        await _source.CancelAsync();
        _test.Time.Suspend(TestClient.Guaranteed);
        _work.SetResult(5);

        await Assert.ThrowsAsync<LockLostException>(() => run.OrTimeoutAsync("the end"));
    }

    [Fact]
    public async Task Run_WorkIsCancelledByATokenOfItsOwn_ThrowsThat()
    {
        using var own = new CancellationTokenSource();
        await own.CancelAsync();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _test.Client.RunAsync(TestClient.Key, (_, _) => Task.FromCanceled(own.Token), cancellationToken: _source.Token));

        Assert.Equal(own.Token, exception.CancellationToken);
    }

    [Fact]
    public async Task Run_WorkReleasesTheHandleItself_HasEndedWell()
    {
        Assert.Equal(5, await _test.Client.RunAsync(TestClient.Key, async (handle, _) =>
        {
            await handle.DisposeAsync();
            return 5;
        }));
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Run_OnASchedulerOfItsOwn_BeginsTheWorkThere()
    {
        var test = new TestClient();
        var granted = test.Grain.Acquire.Hang();
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var run = Task.Factory.StartNew(
            () => test.Client.RunAsync(TestClient.Key, (_, _) => Task.FromResult(TaskScheduler.Current)), CancellationToken.None, TaskCreationOptions.None, scheduler);
        await test.Grain.Acquire.WhenCalledAsync();
        granted.SetResult(Replies.Granted());

        Assert.Same(scheduler, await run.Unwrap().OrTimeoutAsync("the work"));
    }

    [Fact]
    public void Run_WrongArgument_ThrowsAtOnce()
    {
        Assert.Throws<ArgumentException>(() => { _ = _test.Client.RunAsync(" ", (_, _) => Task.CompletedTask); });
        Assert.Throws<ArgumentNullException>(() => { _ = _test.Client.RunAsync("k", (Func<LockHandle, CancellationToken, Task>)null!); });
        Assert.Throws<ArgumentNullException>(() => { _ = ((ILockClient)null!).RunAsync("k", (_, _) => Task.CompletedTask); });
        Assert.Empty(_test.Grain.Acquire.Calls);
    }
}
