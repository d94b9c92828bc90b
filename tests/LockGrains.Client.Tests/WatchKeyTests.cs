using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>A client watches a lock: the latest state, through trouble, until its reader or its client ends it.</summary>
public sealed class WatchKeyTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly TestClient _test = new();

    [Fact]
    public async Task Watch_GivesThePresentStateAndThenEachNewOne()
    {
        _test.Grain.Watch.Reply(Current("a", queue: 1));
        await using var states = Watch();
        Assert.Equal(1, (await NextAsync(states)).QueueLength);

        var gate = _test.Grain.Watch.Hang();
        var next = NextAsync(states);
        await _test.AdvanceToTimerAsync(Pause);
        Assert.Equal(new WatchRequest { Cursor = "a", Slice = TestClient.Slice }, await _test.Grain.Watch.WhenCalledAsync(2));
        Assert.False(next.IsCompleted);
        gate.SetResult(Current("b", queue: 2));
        Assert.Equal(2, (await next.OrTimeoutAsync("the second state")).QueueLength);
    }

    [Fact]
    public async Task Watch_SliceEndsWithoutAChange_GivesNothingAndAsksAgain()
    {
        _test.Grain.Watch.Reply(Current("a", queue: 1));
        await using var states = Watch();
        await NextAsync(states);
        var gate = _test.Grain.Watch.Hang();
        var next = NextAsync(states);
        await _test.AdvanceToTimerAsync(Pause);
        await _test.Grain.Watch.WhenCalledAsync(2);
        _test.Time.Advance(TestClient.Slice);
        gate.SetResult(Current("a", queue: 1));

        await _test.Grain.Watch.WhenCalledAsync(3);
        Assert.False(next.IsCompleted);
        await _test.Client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => next.OrTimeoutAsync("the end"));
    }

    [Fact]
    public async Task Watch_CallFails_IsRepeatedWithItsCursor()
    {
        _test.Grain.Watch.Reply(Current("a", queue: 1)).Throw(new TimeoutException()).Reply(new WatchReply { Status = WatchStatus.Unknown, Detail = "moved" }, Current("b", queue: 2));
        await using var states = Watch();
        await NextAsync(states);
        var next = NextAsync(states);
        for (var pause = 0; pause < 3; pause++)
            await _test.AdvanceToTimerAsync(Pause);

        Assert.Equal(2, (await next.OrTimeoutAsync("the state after the trouble")).QueueLength);
        Assert.Equal([null, "a", "a", "a"], _test.Grain.Watch.Calls.Select(call => call.Cursor));
    }

    [Fact]
    public async Task Watch_CallThatHangs_IsGivenUpAfterItsSliceAndAnAttempt()
    {
        await using var states = Watch();
        var next = NextAsync(states);
        await _test.Grain.Watch.WhenCalledAsync();
        _test.Grain.Watch.Reply(Current("a", queue: 1));
        await _test.AdvanceToTimerAsync(TestClient.CallTimeout);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.Equal(1, (await next.OrTimeoutAsync("the state")).QueueLength);
    }

    [Fact]
    public async Task Watch_NobodyKnows_SaysSoOnceAndThenGoesOn()
    {
        var test = new TestClient(options => options.UnavailableTimeout = TimeSpan.FromMilliseconds(100));
        for (var failure = 0; failure < 5; failure++)
            test.Grain.Watch.Throw(new IOException("nobody is there"));
        test.Grain.Watch.Reply(Current("a", queue: 1));
        await using var states = test.Client.WatchAsync(TestClient.Key).GetAsyncEnumerator();
        var first = NextAsync(states);
        for (var pause = 0; pause < 2; pause++)
            await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        var unknown = await first.OrTimeoutAsync("that nobody knows");
        Assert.Equal((false, "nobody is there"), (unknown.Known, unknown.Detail));

        var next = NextAsync(states);
        for (var pause = 0; pause < 3; pause++)
            await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        Assert.True((await next.OrTimeoutAsync("the state")).Known);
        Assert.Equal(6, test.Grain.Watch.Calls.Count);
    }

    [Fact]
    public async Task Watch_ReaderThatTakesItsTime_CostsNoCallAndGetsTheLatest()
    {
        _test.Grain.Watch.Reply(Current("a", queue: 1));
        await using var states = Watch();
        await NextAsync(states);

        _test.Time.Advance(TimeSpan.FromHours(1));
        Assert.Single(_test.Grain.Watch.Calls);
        _test.Grain.Watch.Reply(Current("z", queue: 26));
        Assert.Equal(26, (await NextAsync(states)).QueueLength);
    }

    [Fact]
    public async Task Watch_Cancelled_EndsAtOnceByEitherToken()
    {
        using var ofCall = new CancellationTokenSource();
        using var ofReader = new CancellationTokenSource();
        await using var first = _test.Client.WatchAsync(TestClient.Key, ofCall.Token).GetAsyncEnumerator();
        await using var second = _test.Client.WatchAsync(TestClient.Key).GetAsyncEnumerator(ofReader.Token);
        var (one, other) = (NextAsync(first), NextAsync(second));
        await _test.Grain.Watch.WhenCalledAsync(2);

        await ofCall.CancelAsync();
        Assert.Equal(ofCall.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.OrTimeoutAsync("the end"))).CancellationToken);
        Assert.False(other.IsCompleted);
        await ofReader.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other.OrTimeoutAsync("the end"));
    }

    [Fact]
    public async Task Watch_CancelledBefore_MakesNoCall()
    {
        await using var states = _test.Client.WatchAsync(TestClient.Key, new CancellationToken(canceled: true)).GetAsyncEnumerator();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NextAsync(states));
        Assert.Empty(_test.Grain.Watch.Calls);
    }

    [Fact]
    public async Task Watch_ClientDisposed_ThrowsWhileItWaitsAndAfterwards()
    {
        await using var states = Watch();
        var late = _test.Client.WatchAsync(TestClient.Key);
        var next = NextAsync(states);
        await _test.Grain.Watch.WhenCalledAsync();
        await _test.Client.DisposeAsync().AsTask().OrTimeoutAsync("the end of the client");

        await Assert.ThrowsAsync<ObjectDisposedException>(() => next.OrTimeoutAsync("the end"));
        await using var disposed = late.GetAsyncEnumerator();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => NextAsync(disposed));
        Assert.Throws<ObjectDisposedException>(() => { _test.Client.WatchAsync(TestClient.Key); });
    }

    [Fact]
    public async Task Watch_ClientDisposedWhileItsReaderIsBusy_DoesNotWaitForIt()
    {
        _test.Grain.Watch.Reply(Current("a", queue: 1));
        await using var states = Watch();
        await NextAsync(states);

        await _test.Client.DisposeAsync().AsTask().OrTimeoutAsync("the end of the client");
        await Assert.ThrowsAsync<ObjectDisposedException>(() => NextAsync(states));
    }

    [Fact]
    public async Task Watch_HostStops_IsCancelled()
    {
        await using var states = Watch();
        var next = NextAsync(states);
        await _test.Grain.Watch.WhenCalledAsync();
        await _test.Client.Ending.EndWaitsAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.OrTimeoutAsync("the end"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\nb")]
    public void Watch_KeyThatIsNone_ThrowsAtTheCall(string key) => Assert.ThrowsAny<ArgumentException>(() => { _test.Client.WatchAsync(key); });

    [Fact]
    public async Task Watch_ReadTwice_WatchesTwice()
    {
        _test.Grain.Watch.Reply(Current("a", queue: 1), Current("a", queue: 1));
        var watch = _test.Client.WatchAsync(TestClient.Key);
        await using var first = watch.GetAsyncEnumerator();
        await using var second = watch.GetAsyncEnumerator();
        await NextAsync(first);
        await NextAsync(second);

        Assert.All(_test.Grain.Watch.Calls, call => Assert.Null(call.Cursor));
    }

    [Fact]
    public async Task Progress_HasTheEstimateOfTheSilo()
    {
        var progress = new List<WaitProgress>();
        _test.Grain.Acquire.Reply(Replies.Queued(3) with { Estimate = TimeSpan.FromMinutes(2) }, Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key, options: new AcquireOptions { Progress = new Recorder(progress), Renew = false }).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await using var handle = await acquire.OrTimeoutAsync("the grant");

        Assert.Equal([TimeSpan.FromMinutes(2)], progress.Select(one => one.Estimate));
    }

    private static WatchReply Current(string cursor, int queue) =>
        new() { Status = WatchStatus.Current, Cursor = cursor, Info = new LockInfo { Known = true, QueueLength = queue } };

    private IAsyncEnumerator<LockInfo> Watch() => _test.Client.WatchAsync(TestClient.Key).GetAsyncEnumerator();

    private static async Task<LockInfo> NextAsync(IAsyncEnumerator<LockInfo> states)
    {
        Assert.True(await states.MoveNextAsync());
        return states.Current;
    }

    private sealed class Recorder(List<WaitProgress> all) : IProgress<WaitProgress>
    {
        public void Report(WaitProgress value) => all.Add(value);
    }
}
