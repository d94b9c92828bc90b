using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>
/// Calls to the cluster begin off the scheduler and the context of whoever asks, but at once, and with what flows from the asker.
/// </summary>
public sealed class ContextTests
{
    private readonly TestClient _test = new();
    private readonly List<(string Call, TaskScheduler Scheduler, SynchronizationContext? Context, string? Flowing, int Thread)> _begun = [];
    private readonly AsyncLocal<string> _flowing = new();

    public ContextTests()
    {
        _test.Grain.Acquire.Add(_ => Begin("acquire", Replies.Granted()));
        _test.Grain.Verify.Add(_ => Begin("verify", Replies.Verified(VerifyStatus.Current)));
        _test.Grain.Release.Add(_ => Begin("release", Replies.Released));
        _test.Grain.Info.Add(_ => Begin("info", new LockInfo { Known = true }));
        _test.Grain.Revoke.Add(_ => Begin("revoke", Replies.Revoked(RevokeStatus.NotHeld)));
    }

    [Fact]
    public async Task Calls_OnASchedulerOfTheirOwn_BeginOffIt()
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var thread = await Task.Factory.StartNew(CallAll, CancellationToken.None, TaskCreationOptions.None, scheduler);

        AssertBegun(thread);
    }

    [Fact]
    public async Task Calls_InASynchronizationContext_BeginOffItAndGiveItBack()
    {
        var context = new SynchronizationContext();
        var thread = await Task.Run(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            var own = CallAll();
            Assert.Same(context, SynchronizationContext.Current);
            SynchronizationContext.SetSynchronizationContext(null);
            return own;
        });

        AssertBegun(thread);
    }

    [Fact]
    public async Task Call_ThatThrowsAtOnceOffAContext_IsATroubleLikeAnyOther()
    {
        var test = new TestClient();
        test.Grain.Acquire.ThrowAtOnce(new InvalidOperationException("no gateway")).Reply(Replies.Granted());
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var acquire = await Task.Factory.StartNew(
            () => test.Client.AcquireAsync(TestClient.Key).AsTask(), CancellationToken.None, TaskCreationOptions.None, scheduler);
        await test.AdvanceToTimerAsync(TestClient.RetryDelay);

        await acquire.OrTimeoutAsync("the grant");
    }

    /// <summary>Blocks, as one does who cannot await. Everything is answered at once, so nothing needs this thread.</summary>
    private int CallAll()
    {
        _flowing.Value = "the asker's";
        var handle = Block(_test.Client.AcquireAsync(TestClient.Key).AsTask());
        Assert.True(Block(handle.VerifyAsync().AsTask()));
        Block(handle.ReleaseAsync().AsTask());
        Block(_test.Client.GetInfoAsync(TestClient.Key).AsTask());
        Block(_test.Client.RevokeAsync(TestClient.Key).AsTask());
        return Environment.CurrentManagedThreadId;
    }

    private static T Block<T>(Task<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully);
        return task.Result;
    }

    private ValueTask<T> Begin<T>(string call, T reply)
    {
        _begun.Add((call, TaskScheduler.Current, SynchronizationContext.Current, _flowing.Value, Environment.CurrentManagedThreadId));
        return ValueTask.FromResult(reply);
    }

    private void AssertBegun(int thread)
    {
        Assert.Equal(["acquire", "verify", "release", "info", "revoke"], _begun.Select(begun => begun.Call));
        Assert.All(_begun, begun => Assert.Equal((TaskScheduler.Default, null, thread), (begun.Scheduler, begun.Context, begun.Thread)));
        Assert.All(_begun, begun => Assert.Equal("the asker's", begun.Flowing));
    }
}
