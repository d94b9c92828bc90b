using System.Collections.Immutable;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Heartbeats name what waits in long calls, and change nothing but what they are told.</summary>
public sealed class HeartbeatTests
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongTimeout = TestClient.BeatingSlice + TestClient.AttemptTimeout;

    private readonly ScriptedPost _post = new();
    private readonly TestClient _test;

    public HeartbeatTests() => _test = new TestClient(renewals: _post);

    [Fact]
    public async Task Wait_InAShortCall_NeedsNoHeartbeat()
    {
        _ = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Time.WhenTimerDueInAsync(TestClient.CallTimeout);

        Assert.Null(Assert.Single(_test.Grain.Acquire.Calls).BeatPeriod);
        Assert.Equal(1, _test.Time.ArmedTimers);
        _test.Time.Advance(TestClient.CallTimeout - Instant);
        Assert.Empty(_test.Grain.Beat.Calls);
    }

    [Fact]
    public async Task Wait_InALongCall_IsNamedOnceAPeriod()
    {
        await WaitAsync();
        Assert.Equal(TestClient.BeatPeriod, _test.Grain.Acquire.Calls[1].BeatPeriod);
        for (var count = 1; count <= 3; count++)
        {
            await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
            Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(await _test.Grain.Beat.WhenCalledAsync(count)));
        }

        Assert.Equal(3, _test.Grain.Beat.Calls.Count);
        Assert.Empty(_post.Beat.Calls);
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("disposed")]
    [InlineData("denied")]
    public async Task LastWait_IsOver_LeavesNoTimer(string how)
    {
        using var cancellation = new CancellationTokenSource();
        var (acquire, call) = await WaitAsync(cancellationToken: cancellation.Token);
        if (how == "cancelled")
            await cancellation.CancelAsync();
        if (how == "disposed")
            await _test.Client.DisposeAsync();
        if (how == "denied")
            call.SetResult(Replies.Denied(DenyReason.QueueFull));
        await Assert.ThrowsAnyAsync<Exception>(() => acquire.OrTimeoutAsync("the end of the wait"));
        await _test.Time.WhenTimersAtMostAsync(0);

        _test.Time.Advance(TestClient.BeatPeriod);
        Assert.Empty(_test.Grain.Beat.Calls);
    }

    [Fact]
    public async Task Waits_Many_GoInOneMessage()
    {
        await WaitManyAsync("a", "b", "b");
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        var heartbeat = await _post.Beat.WhenCalledAsync();

        Assert.Equal(
            _test.Grain.Acquire.Calls.Take(3).Select(call => call.LeaseId).Order(), heartbeat.Waits.Select(beat => beat.LeaseId).Order());
        Assert.Equal(["a", "b", "b"], heartbeat.Waits.Select(beat => beat.Key).Order());
        Assert.Empty(heartbeat.Renewals);
        Assert.Equal(TimeSpan.FromSeconds(1), heartbeat.AnswerWithin);
        Assert.Single(_post.Beat.Calls);
        Assert.Empty(_test.Grain.Beat.Calls);
    }

    [Fact]
    public async Task Waits_MoreThanOneMessageHolds_GoInSeveral()
    {
        await WaitManyAsync([.. Enumerable.Repeat(TestClient.Key, Heartbeat.BeatsMax + 2)]);
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        await _post.Beat.WhenCalledAsync(2);

        Assert.Equal([Heartbeat.BeatsMax, 2], _post.Beat.Calls.Select(heartbeat => heartbeat.Waits.Length));
    }

    [Fact]
    public async Task Waits_WithoutBatches_AreOneCallAKey()
    {
        var test = new TestClient();
        await WaitManyAsync(test, "a", "b", "b");
        await test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        await test.Grain.Beat.WhenCalledAsync(2);

        Assert.Equal([1, 2], test.Grain.Beat.Calls.Select(leaseIds => leaseIds.Length).Order());
        Assert.Equal(
            test.Grain.Acquire.Calls.Take(3).Select(call => call.LeaseId).Order(), test.Grain.Beat.Calls.SelectMany(leaseIds => leaseIds).Order());
    }

    [Fact]
    public async Task Wait_WhoseCallWasOnlyJustSent_IsNamedByTheNextHeartbeat()
    {
        await WaitAsync();
        await _test.Time.WhenTimerDueInAsync(TestClient.BeatPeriod);
        _test.Time.Advance(TestClient.BeatPeriod / 2);
        await WaitAsync();
        // The first half went by before the pause, and the pause is a part of the second.
        _test.Time.Advance((TestClient.BeatPeriod / 2) - TestClient.RetryDelay);
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(await _test.Grain.Beat.WhenCalledAsync()));
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);

        Assert.Equal(2, (await _post.Beat.WhenCalledAsync()).Waits.Length);
    }

    [Fact]
    public async Task Wait_IsToldToCallAgain_SendsTheSameRequestAndAbandonsTheCall()
    {
        _test.Grain.Beat.Reply([Replies.Beaten(BeatStatus.CallAgain)]);
        var (acquire, abandoned) = await WaitAsync();
        var next = _test.Grain.Acquire.Hang();
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        var again = await _test.Grain.Acquire.WhenCalledAsync(3);
        abandoned.SetResult(Replies.Denied(DenyReason.QueueFull));
        next.SetResult(Replies.Granted());

        await acquire.OrTimeoutAsync("the grant");
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, again.LeaseId);
        Assert.Equal(TestClient.BeatPeriod, again.BeatPeriod);
        Assert.Empty(_test.Grain.Cancel.Calls);
    }

    [Fact]
    public async Task Wait_IsToldToCallAgainWhenItsTimeIsOver_IsCancelled()
    {
        _test.Grain.Beat.Reply([Replies.Beaten(BeatStatus.CallAgain)]);
        _test.Grain.Acquire.Reply(Replies.Queued(3));
        var acquire = _test.Client.TryAcquireAsync(TestClient.Key, TestClient.BeatPeriod).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);

        Assert.Null(await acquire.OrTimeoutAsync("the end of the wait"));
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Cancel.Calls));
        Assert.Equal(2, _test.Grain.Acquire.Calls.Count);
    }

    [Fact]
    public async Task Wait_WhoseHeartbeatsHaveNoUsableReply_AsksByAShortCall()
    {
        _test.Grain.Beat.Otherwise = [Replies.Beaten(BeatStatus.Unknown)];
        var (acquire, _) = await WaitAsync();
        var next = _test.Grain.Acquire.Hang();
        for (var count = 1; count <= 3; count++)
            await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        var again = await _test.Grain.Acquire.WhenCalledAsync(3);

        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, again.LeaseId);
        Assert.Null(again.BeatPeriod);
        next.SetResult(Replies.Granted());
        await acquire.OrTimeoutAsync("the grant");
    }

    [Fact]
    public async Task Wait_IsToldItsPlace_TellsProgressAndTheTimeout()
    {
        var reports = new Places();
        _test.Grain.Beat.Reply([Replies.Waits(2, 8)], [Replies.Waits(0, 8)], [Replies.Waits(1, 7)]);
        var (acquire, call) = await WaitAsync(progress: reports);
        for (var count = 1; count <= 3; count++)
        {
            await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
            await _test.Grain.Beat.WhenCalledAsync(count);
        }

        await reports.WhenToldAsync(3);
        Assert.Equal([(3, 9), (2, 8), (1, 7)], reports.Told);
        call.SetResult(Replies.Denied(DenyReason.TimedOut));
        Assert.Equal(1, (await Assert.ThrowsAsync<LockTimeoutException>(() => acquire.OrTimeoutAsync("the timeout"))).Place);
    }

    [Fact]
    public async Task Progress_Throws_IsLoggedAndKeepsThePlace()
    {
        var reports = new Places { OnTold = count => { if (count == 2) throw new InvalidOperationException("no terminal"); } };
        var (acquire, call) = await WaitAsync(progress: reports);
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        await _test.Log.WhenLoggedAsync(4);
        call.SetResult(Replies.Granted());

        await acquire.OrTimeoutAsync("the grant");
        Assert.Equal(2, _test.Grain.Acquire.Calls.Count);
    }

    [Fact]
    public async Task Grant_WhileAPlaceIsTold_ComesAfterIt()
    {
        using var told = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        var reports = new Places { OnTold = count => { if (count == 2) Block(told, goOn); } };
        var (acquire, call) = await WaitAsync(progress: reports);
        // On a thread of its own, which the program's code then blocks.
        var beat = Task.Factory.StartNew(() => _test.Time.Advance(TestClient.BeatPeriod), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await told.WaitAsync().OrTimeoutAsync("the place");
        call.SetResult(Replies.Granted());
        Assert.False(acquire.IsCompleted);
        goOn.Release();

        await acquire.OrTimeoutAsync("the grant");
        await beat.OrTimeoutAsync("the heartbeat");
    }

    /// <summary>The program cancels under a lock of its own that its progress takes, too.</summary>
    [Fact]
    public async Task Cancel_WhileAPlaceIsTold_BlocksNeither()
    {
        using var told = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        using var cancellation = new CancellationTokenSource();
        var (acquire, _) = await WaitAsync(new Places { OnTold = count => { if (count == 2) Block(told, goOn); } }, cancellation.Token);
        var beat = Task.Factory.StartNew(() => _test.Time.Advance(TestClient.BeatPeriod), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await told.WaitAsync().OrTimeoutAsync("the place");
        var cancel = Task.Factory.StartNew(cancellation.Cancel, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await cancel.OrTimeoutAsync("the end of Cancel");
        Assert.False(acquire.IsCompleted);
        goOn.Release();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the cancellation"));
        await beat.OrTimeoutAsync("the heartbeat");
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("throws at once")]
    [InlineData("hangs")]
    [InlineData("unknown")]
    [InlineData("nothing")]
    public async Task Heartbeat_Fails_ChangesNothingAndTheNextGoesOutOnTime(string how)
    {
        if (how == "throws")
            _test.Grain.Beat.Throw(new TimeoutException());
        if (how == "throws at once")
            _test.Grain.Beat.ThrowAtOnce(new TimeoutException());
        if (how == "hangs")
            _ = _test.Grain.Beat.Hang();
        if (how == "unknown")
            _test.Grain.Beat.Reply([Replies.Beaten(BeatStatus.Unknown)]);
        if (how == "nothing")
            _test.Grain.Beat.Reply([]);
        var (acquire, call) = await WaitAsync();
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        await _test.Grain.Beat.WhenCalledAsync(2);

        Assert.Equal(2, _test.Grain.Acquire.Calls.Count);
        Assert.Equal((2 * TestClient.BeatPeriod) + TestClient.RetryDelay, _test.Time.Elapsed);
        call.SetResult(Replies.Granted());
        await acquire.OrTimeoutAsync("the grant");
    }

    [Fact]
    public async Task Message_Fails_TheNextNamesAllAgain()
    {
        _post.Beat.Throw(new TimeoutException());
        await WaitManyAsync("a", "b");
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);

        Assert.Equal(2, (await _post.Beat.WhenCalledAsync(2)).Waits.Length);
        Assert.Equal(4, _test.Grain.Acquire.Calls.Count);
    }

    [Theory]
    [InlineData(BeatStatus.Unknown, true)]
    [InlineData(BeatStatus.Waits, false)]
    public async Task Heartbeat_SaysNothingOfAny_IsLoggedAsAnOutage(BeatStatus status, bool isOutage)
    {
        _test.Grain.Beat.Otherwise = [Replies.Beaten(status)];
        var (acquire, call) = await WaitAsync();
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        await _test.Grain.Beat.WhenCalledAsync();
        if (isOutage)
            await _test.Log.WhenLoggedAsync(12);
        call.SetResult(Replies.Granted());
        await acquire.OrTimeoutAsync("the grant");

        Assert.Equal(isOutage, _test.Log.Entries.Any(entry => entry.Id == 12));
    }

    [Fact]
    public async Task Wait_ThatIsOver_IsNotNamedAgain()
    {
        var calls = await WaitManyAsync("a", "b");
        calls[0].SetResult(Replies.Denied(DenyReason.QueueFull));
        await _test.Time.WhenTimersAtMostAsync(2);
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);

        Assert.Equal(_test.Grain.Acquire.Calls[3].LeaseId, Assert.Single(await _test.Grain.Beat.WhenCalledAsync()));
        Assert.Empty(_post.Beat.Calls);
    }

    [Fact]
    public async Task LateReply_AboutAWaitThatIsOver_DoesNothing()
    {
        var heartbeat = _post.Beat.Hang();
        var calls = await WaitManyAsync("a", "b");
        await _test.AdvanceToTimerAsync(TestClient.BeatPeriod);
        var sent = await _post.Beat.WhenCalledAsync();
        calls[0].SetResult(Replies.Queued(2));
        await _test.Grain.Acquire.WhenCalledAsync(5);
        heartbeat.SetResult(new HeartbeatReply { Waits = [.. sent.Waits.Select(_ => Replies.Beaten(BeatStatus.CallAgain))] });
        // That the other one is told to call again shows that the reply has been read.
        await _test.Grain.Acquire.WhenCalledAsync(6);

        Assert.Equal(["a", "b"], sent.Waits.Select(beat => beat.Key).Order());
        await _test.Time.WhenTimersDueInAsync(LongTimeout, 2);
        Assert.Equal(_test.Grain.Acquire.Calls[3].LeaseId, _test.Grain.Acquire.Calls[5].LeaseId);
        Assert.Equal(6, _test.Grain.Acquire.Calls.Count);
    }

    [Fact]
    public async Task Heartbeats_SpeakForAll_AndKnowNothingOfTheFirst()
    {
        var flowing = new AsyncLocal<string> { Value = "the asker's" };
        var inBeat = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var inReport = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _test.Grain.Beat.Add(_ =>
        {
            inBeat.SetResult(flowing.Value);
            return ValueTask.FromResult<BeatReply[]>([Replies.Waits(2)]);
        });
        await WaitAsync(progress: new Places { OnTold = count => { if (count == 2) inReport.SetResult(flowing.Value); } });
        flowing.Value = "the test's";
        using (ExecutionContext.SuppressFlow()) _test.Time.Advance(TestClient.BeatPeriod);

        Assert.NotEqual("the asker's", await inBeat.Task.OrTimeoutAsync("the heartbeat"));
        Assert.Equal("the asker's", await inReport.Task.OrTimeoutAsync("the place"));
    }

    private static void Block(SemaphoreSlim told, SemaphoreSlim goOn)
    {
        told.Release();
        goOn.Wait();
    }

    /// <summary>A request that waits in its second call, which is a long one.</summary>
    private async Task<(Task<LockHandle> Acquire, TaskCompletionSource<AcquireReply> Call)> WaitAsync(
        Places? progress = null, CancellationToken cancellationToken = default)
    {
        var before = _test.Grain.Acquire.Calls.Count;
        _test.Grain.Acquire.Reply(Replies.Queued(3));
        var call = _test.Grain.Acquire.Hang();
        var acquire = _test.Client.AcquireAsync(
            TestClient.Key, options: progress is null ? null : new AcquireOptions { Progress = progress }, cancellationToken: cancellationToken).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Acquire.WhenCalledAsync(before + 2);
        await _test.Time.WhenTimersDueInAsync(LongTimeout, 1);
        return (acquire, call);
    }

    private Task<ImmutableArray<TaskCompletionSource<AcquireReply>>> WaitManyAsync(params string[] keys) => WaitManyAsync(_test, keys);

    /// <summary>So many requests that wait in long calls; which of these belongs to which is not said.</summary>
    private static async Task<ImmutableArray<TaskCompletionSource<AcquireReply>>> WaitManyAsync(TestClient test, params string[] keys)
    {
        test.Grain.Acquire.Reply([.. keys.Select(_ => Replies.Queued(3))]);
        ImmutableArray<TaskCompletionSource<AcquireReply>> calls = [.. keys.Select(_ => test.Grain.Acquire.Hang())];
        foreach (var key in keys)
            _ = test.Client.AcquireAsync(key).AsTask();
        await test.Time.WhenTimersDueInAsync(TestClient.RetryDelay, keys.Length);
        test.Time.Advance(TestClient.RetryDelay);
        await test.Grain.Acquire.WhenCalledAsync(2 * keys.Length);
        await test.Time.WhenTimersDueInAsync(LongTimeout, keys.Length);
        return calls;
    }
}
