using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>What each reply to an acquire comes to.</summary>
public sealed class AcquireTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Acquire_Granted_ReturnsHandle()
    {
        var handle = await _test.AcquireAsync();

        Assert.Equal(TestClient.Key, handle.Key);
        Assert.Equal(Replies.Token, handle.FencingToken);
        Assert.Equal("tester", handle.OwnerId);
        Assert.Equal(TestClient.Guaranteed, handle.Remaining);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        handle.ThrowIfLost();
        var request = Assert.Single(_test.Grain.Acquire.Calls);
        Assert.NotEqual(Guid.Empty, request.LeaseId);
        Assert.Equal("tester", request.OwnerId);
        Assert.Equal(TimeSpan.FromSeconds(30), request.Lease);
        Assert.Equal(Timeout.InfiniteTimeSpan, request.Wait);
        Assert.Equal(TestClient.Slice, request.Slice);
        Assert.Null(request.BeatPeriod);
        Assert.True(request.Renews);
    }

    [Fact]
    public async Task Acquire_ReplyWasSlow_CountsFromTheSending()
    {
        var reply = _test.Grain.Acquire.Hang();
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Time.WhenTimerDueInAsync(TestClient.CallTimeout);
        _test.Time.Advance(TimeSpan.FromSeconds(4));
        reply.SetResult(Replies.Granted());

        Assert.Equal(TestClient.Guaranteed - TimeSpan.FromSeconds(4), (await acquire.OrTimeoutAsync("the grant")).Remaining);
    }

    [Fact]
    public async Task Acquire_OptionsGiven_AreSent()
    {
        await _test.AcquireAsync(new AcquireOptions { Lease = TimeSpan.FromMinutes(2), OwnerId = "me", Renew = false });

        var request = Assert.Single(_test.Grain.Acquire.Calls);
        Assert.Equal(TimeSpan.FromMinutes(2), request.Lease);
        Assert.Equal("me", request.OwnerId);
        Assert.False(request.Renews);
    }

    [Fact]
    public async Task Acquire_Queued_CallsAgainAtOnceWithTheSameLeaseIdAndTheRestOfTheWait()
    {
        var first = _test.Grain.Acquire.Hang();
        var second = _test.Grain.Acquire.Hang();
        var acquire = _test.Client.AcquireAsync(TestClient.Key, TimeSpan.FromSeconds(25)).AsTask();
        await _test.Time.WhenTimerDueInAsync(TestClient.CallTimeout);
        _test.Time.Advance(TestClient.Slice);
        first.SetResult(Replies.Queued(3));

        var again = await _test.Grain.Acquire.WhenCalledAsync(2);
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, again.LeaseId);
        Assert.Equal(TimeSpan.FromSeconds(21), again.Wait);

        second.SetResult(Replies.Granted());
        Assert.Equal(Replies.Token, (await acquire.OrTimeoutAsync("the grant")).FencingToken);
    }

    [Fact]
    public async Task Acquire_WaitEnds_ThrowsTimeoutWithPlaceAndTime()
    {
        var first = _test.Grain.Acquire.Hang();
        _test.Grain.Acquire.Reply(Replies.Denied(DenyReason.TimedOut));
        var acquire = _test.Client.AcquireAsync(TestClient.Key, TimeSpan.FromSeconds(12)).AsTask();
        await _test.Time.WhenTimerDueInAsync(TestClient.CallTimeout);
        _test.Time.Advance(TestClient.Slice);
        first.SetResult(Replies.Queued(3));

        var exception = await Assert.ThrowsAsync<LockTimeoutException>(() => acquire.OrTimeoutAsync("the timeout"));
        Assert.Equal(TestClient.Key, exception.Key);
        Assert.Equal(3, exception.Place);
        Assert.Equal(TestClient.Slice, exception.Waited);
        Assert.IsAssignableFrom<TimeoutException>(exception);
        Assert.Empty(_test.Grain.Cancel.Calls);
    }

    [Theory]
    [InlineData(DenyReason.Busy)]
    [InlineData(DenyReason.TimedOut)]
    [InlineData(DenyReason.Ended)]
    public async Task TryAcquire_Denied_ReturnsNullAfterOneCall(DenyReason reason)
    {
        _test.Grain.Acquire.Reply(Replies.Denied(reason));

        Assert.Null(await _test.Client.TryAcquireAsync(TestClient.Key));
        Assert.Equal(TimeSpan.Zero, Assert.Single(_test.Grain.Acquire.Calls).Wait);
        Assert.Empty(_test.Grain.Cancel.Calls);
    }

    [Fact]
    public async Task Acquire_Busy_ThrowsTimeout()
    {
        _test.Grain.Acquire.Reply(Replies.Denied(DenyReason.Busy));

        await Assert.ThrowsAsync<LockTimeoutException>(() => _test.Client.AcquireAsync(TestClient.Key, TimeSpan.Zero).AsTask());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Acquire_QueueFull_ThrowsForBothShapes(bool isTry)
    {
        _test.Grain.Acquire.Reply(Replies.Denied(DenyReason.QueueFull, length: 1000));

        var exception = await Assert.ThrowsAsync<LockQueueFullException>(async () =>
        {
            if (isTry)
                await _test.Client.TryAcquireAsync(TestClient.Key);
            else
                await _test.Client.AcquireAsync(TestClient.Key);
        });
        Assert.Equal(TestClient.Key, exception.Key);
        Assert.Equal(1000, exception.QueueLength);
        await AssertNothingWasCancelledAsync();
    }

    [Fact]
    public async Task Acquire_Invalid_ThrowsArgumentExceptionWithTheDetail()
    {
        _test.Grain.Acquire.Reply(Replies.Denied(DenyReason.Invalid, "Lease is 00:00:30; it must be 1 s to 10 s."));

        var exception = await Assert.ThrowsAsync<ArgumentException>(() => _test.Client.AcquireAsync(TestClient.Key).AsTask());
        Assert.Contains("Lease is 00:00:30; it must be 1 s to 10 s.", exception.Message, StringComparison.Ordinal);
        await AssertNothingWasCancelledAsync();
    }

    [Fact]
    public async Task Acquire_Ended_StartsOverWithANewLeaseId()
    {
        _test.Grain.Acquire.Reply(Replies.Denied(DenyReason.Ended), Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        await acquire.OrTimeoutAsync("the grant");
        var calls = _test.Grain.Acquire.Calls;
        Assert.Equal(2, calls.Count);
        Assert.NotEqual(calls[0].LeaseId, calls[1].LeaseId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    public async Task Acquire_UndefinedStatus_IsAProtocolErrorAndCancels(int status)
    {
        _test.Grain.Acquire.Reply(new AcquireReply { Status = (AcquireStatus)status });

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => _test.Client.AcquireAsync(TestClient.Key).AsTask());
        Assert.Contains("another version", exception.Message, StringComparison.Ordinal);
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, await _test.Grain.Cancel.WhenCalledAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    public async Task Acquire_UndefinedReason_IsAProtocolError(int reason)
    {
        _test.Grain.Acquire.Reply(Replies.Denied((DenyReason)reason));

        await Assert.ThrowsAsync<InvalidOperationException>(() => _test.Client.TryAcquireAsync(TestClient.Key).AsTask());
    }

    [Fact]
    public async Task Acquire_QueuedTooSoonAgainAndAgain_DoesNotSpin()
    {
        _test.Grain.Acquire.Otherwise = Replies.Queued(2);
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();

        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        // Each hasty reply costs a pause.
        Assert.InRange(_test.Grain.Acquire.Calls.Count, 2, 3);
        Assert.False(acquire.IsCompleted);
        await _test.Client.DisposeAsync();
    }

    [Fact]
    public async Task Acquire_SliceShorterThanTheRetryDelay_IsNotHasty()
    {
        var test = new TestClient(options => options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(10));
        var slice = test.Grain.Acquire.Hang();
        test.Grain.Acquire.Reply(Replies.Granted());
        var acquire = test.Client.AcquireAsync(TestClient.Key).AsTask();

        await test.Time.WhenTimerDueInAsync(TestClient.CallTimeout);
        test.Time.Advance(TimeSpan.FromSeconds(3));
        slice.SetResult(Replies.Queued(2));

        await acquire.OrTimeoutAsync("the grant, with no pause after the slice");
    }

    [Fact]
    public async Task Acquire_WithProgress_LearnsThePlaceSoon()
    {
        var reports = new List<WaitProgress>();
        var first = _test.Grain.Acquire.Hang();
        _test.Grain.Acquire.Reply(Replies.Granted());
        var options = new AcquireOptions { Progress = new Recorder(reports.Add) };
        var acquire = _test.Client.AcquireAsync(TestClient.Key, options: options).AsTask();
        await _test.Time.WhenTimerDueInAsync(TimeSpan.FromSeconds(5.25));
        _test.Time.Advance(TimeSpan.FromMilliseconds(250));
        first.SetResult(Replies.Queued(2, 7));

        await acquire.OrTimeoutAsync("the grant");
        Assert.Equal(new WaitProgress(TestClient.Key, 2, 7, TimeSpan.FromMilliseconds(250)), Assert.Single(reports));
        Assert.Equal(TimeSpan.FromMilliseconds(250), _test.Grain.Acquire.Calls[0].Slice);
        Assert.Equal(TestClient.BeatingSlice, _test.Grain.Acquire.Calls[1].Slice);
    }

    /// <summary>The next call is made of the time that is left after the program's own code.</summary>
    [Fact]
    public async Task Acquire_ProgressTakesLong_ItsTimeIsPartOfTheWait()
    {
        _test.Grain.Acquire.Reply(Replies.Queued(2), Replies.Denied(DenyReason.TimedOut));
        var options = new AcquireOptions { Progress = new Recorder(_ => _test.Time.Advance(TimeSpan.FromSeconds(4))) };

        Assert.Null(await _test.Client.TryAcquireAsync(TestClient.Key, TimeSpan.FromSeconds(10), options).AsTask().OrTimeoutAsync("the denial"));

        Assert.Equal([TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(6)], _test.Grain.Acquire.Calls.Select(call => call.Wait));
    }

    [Fact]
    public async Task Acquire_ProgressThrows_KeepsThePlace()
    {
        _test.Grain.Acquire.Reply(Replies.Queued(2), Replies.Granted());
        var options = new AcquireOptions { Progress = new Recorder(_ => throw new InvalidOperationException("no terminal")) };

        var acquire = _test.Client.AcquireAsync(TestClient.Key, options: options).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the grant");
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, _test.Grain.Acquire.Calls[1].LeaseId);
        Assert.Empty(_test.Grain.Cancel.Calls);
        await _test.Log.WhenLoggedAsync(4);
    }

    [Fact]
    public async Task Acquire_GrantCameAfterItsDeadline_IsSavedByARenewal()
    {
        var acquire = await GrantTooLateAsync();

        Assert.Equal(TestClient.Guaranteed, (await acquire.OrTimeoutAsync("the grant")).Remaining);
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, _test.Grain.Renew.Calls[0]);
    }

    [Fact]
    public async Task Acquire_GrantCameAfterItsDeadlineAndIsNotHeld_IsCancelledAndStartsOver()
    {
        _test.Grain.Renew.Reply(Replies.NotHeld(EndReason.Expired));
        var acquire = await GrantTooLateAsync();
        await _test.Time.WhenTimerDueInAsync(TestClient.RetryDelay);
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Cancel.Calls));

        _test.Grain.Acquire.Reply(Replies.Granted());
        _test.Time.Advance(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the second grant");
        Assert.NotEqual(_test.Grain.Acquire.Calls[0].LeaseId, _test.Grain.Acquire.Calls[1].LeaseId);
    }

    [Fact]
    public async Task Acquire_GrantCameTooLateAndItsCancelIsNotConfirmed_SaysSoWhenThePatienceIsOver()
    {
        _test.Grain.Renew.Reply(Replies.NotHeld(EndReason.Expired));
        _test.Grain.Cancel.Otherwise = Replies.Cancelled(CancelStatus.Unknown);
        var acquire = await GrantTooLateAsync();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(30));

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => acquire.OrTimeoutAsync("the end of patience"));
        Assert.Contains("a grant came too late, and its cancel was not confirmed within 30 s", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.MayHaveTakenEffect);
    }

    private async Task AssertNothingWasCancelledAsync()
    {
        // The disposal waits for what goes on in the background.
        await _test.Client.DisposeAsync().AsTask().OrTimeoutAsync("the disposal");
        Assert.Empty(_test.Grain.Cancel.Calls);
    }

    private async Task<Task<LockHandle>> GrantTooLateAsync()
    {
        var reply = _test.Grain.Acquire.Hang();
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Time.WhenTimerDueInAsync(TestClient.CallTimeout);
        _test.Time.Advance(TimeSpan.FromSeconds(6));
        reply.SetResult(Replies.Granted(validForSeconds: 5));
        return acquire;
    }

    private sealed class Recorder(Action<WaitProgress> record) : IProgress<WaitProgress>
    {
        public void Report(WaitProgress value) => record(value);
    }
}
