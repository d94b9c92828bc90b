using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>
/// Acquires while the cluster is away: nothing is asked twice under two names, and nothing unknown is called "no".
/// </summary>
public sealed class AcquireTroubleTests
{
    private readonly TestClient _test = new();

    public static TheoryData<Exception> Failures => new(
        new TimeoutException("no response in 30 s"),
        new SiloUnavailableException("silo is gone"),
        new IOException("no gateway"),
        new OperationCanceledException("not by the caller"),
        new InvalidOperationException("client is not connected"));

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Acquire_CallFails_RepeatsWithTheSameLeaseId(Exception failure)
    {
        _test.Grain.Acquire.Throw(failure).ThrowAtOnce(failure).Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Acquire.WhenCalledAsync(2);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        await acquire.OrTimeoutAsync("the grant");
        Assert.Single(_test.Grain.Acquire.Calls.Select(call => call.LeaseId).Distinct());
        Assert.Empty(_test.Grain.Cancel.Calls);
    }

    [Fact]
    public async Task Acquire_Unknown_RepeatsWithTheSameLeaseId()
    {
        _test.Grain.Acquire.Reply(Replies.Unknown, Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        await acquire.OrTimeoutAsync("the grant");
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, _test.Grain.Acquire.Calls[1].LeaseId);
    }

    [Theory]
    [InlineData(DenyReason.Busy)]
    [InlineData(DenyReason.QueueFull)]
    public async Task Denial_AfterACopyThatMayStillArrive_IsToldOnlyOnceThatIsCancelled(DenyReason reason)
    {
        _test.Grain.Acquire.Reply(Replies.Unknown, Replies.Denied(reason));
        var acquire = _test.Client.TryAcquireAsync(TestClient.Key, TimeSpan.FromSeconds(30)).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        if (reason == DenyReason.Busy)
            Assert.Null(await acquire.OrTimeoutAsync("the denial"));
        else
            await Assert.ThrowsAsync<LockQueueFullException>(() => acquire.OrTimeoutAsync("the denial"));
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, await _test.Grain.Cancel.WhenCalledAsync());
    }

    [Fact]
    public async Task Acquire_CallHangs_IsAbandonedAfterItsSliceAndRepeated()
    {
        var hung = _test.Grain.Acquire.Hang();
        _test.Grain.Acquire.Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.CallTimeout);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        var handle = await acquire.OrTimeoutAsync("the grant");
        hung.SetException(new TimeoutException("too late for anyone to hear"));
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, _test.Grain.Acquire.Calls[1].LeaseId);
        Assert.Equal(TestClient.Guaranteed, handle.Remaining);
    }

    [Fact]
    public async Task Acquire_ShortWaitAndCallHangs_IsAbandonedSoonAfterTheWait()
    {
        var acquire = _test.Client.TryAcquireAsync(TestClient.Key, TimeSpan.FromSeconds(2)).AsTask();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(6));

        Assert.Null(await acquire.OrTimeoutAsync("the end of the wait"));
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Cancel.Calls));
    }

    [Fact]
    public async Task Acquire_ClusterUnreachable_ThrowsUnavailableInBoundedTimeAndCancelsInTheBackground()
    {
        var test = new TestClient(options => options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(5));
        var failure = new SiloUnavailableException("nobody is there");
        test.Grain.Acquire.Throw([.. Enumerable.Repeat(failure, 20)]);
        var acquire = test.Client.AcquireAsync(TestClient.Key).AsTask();
        for (var i = 0; i < 6; i++)
            await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(5));

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => acquire.OrTimeoutAsync("the end of patience"));
        Assert.Equal(TestClient.Key, exception.Key);
        Assert.True(exception.MayHaveTakenEffect);
        Assert.Same(failure, exception.InnerException);
        Assert.Equal(7, test.Grain.Acquire.Calls.Count);
        Assert.Equal(test.Grain.Acquire.Calls[0].LeaseId, await test.Grain.Cancel.WhenCalledAsync());
    }

    [Fact]
    public async Task Acquire_QueuedInBetween_StartsThePatienceAnew()
    {
        var test = new TestClient(options => options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(9));
        var failure = new TimeoutException();
        test.Grain.Acquire
            .Throw(failure, failure, failure).Reply(Replies.Queued(1))
            .Throw(failure, failure, failure).Reply(Replies.Granted());
        var acquire = test.Client.AcquireAsync(TestClient.Key).AsTask();
        for (var i = 0; i < 7; i++)
            await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(9));

        await acquire.OrTimeoutAsync("the grant after 63 s");
    }

    [Fact]
    public async Task Acquire_TroubleLasts_GoesOnUnderAnotherLeaseIdOnceTheOldOneIsCancelled()
    {
        var test = MakeTroubledFor(TimeSpan.FromMinutes(10));
        test.Grain.Cancel.Reply(Replies.Cancelled(CancelStatus.Unknown), Replies.Cancelled(CancelStatus.Released));
        var acquire = test.Client.AcquireAsync(TestClient.Key).AsTask();
        for (var i = 0; i < 13; i++)
            await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(10));

        await acquire.OrTimeoutAsync("the grant");
        var (before, after) = (test.Grain.Acquire.Calls.SkipLast(1), test.Grain.Acquire.Calls[^1]);
        var old = Assert.Single(before.Select(call => call.LeaseId).Distinct());
        Assert.Equal([old, old], test.Grain.Cancel.Calls);
        Assert.NotEqual(old, after.LeaseId);
    }

    [Fact]
    public async Task Acquire_TroubleLastsAndTheCancelIsNotConfirmed_ThrowsUnavailableWhenThePatienceIsOver()
    {
        var test = MakeTroubledFor(TimeSpan.FromMinutes(3));
        test.Grain.Cancel.Otherwise = Replies.Cancelled(CancelStatus.Unknown);
        var acquire = test.Client.AcquireAsync(TestClient.Key).AsTask();
        for (var i = 0; i < 18; i++)
            await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(10));

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => acquire.OrTimeoutAsync("the end of patience"));
        Assert.True(exception.MayHaveTakenEffect);
        Assert.Equal(12, test.Grain.Acquire.Calls.Count);
    }

    [Fact]
    public async Task TryAcquire_OutcomeUnknownAndCancelConfirmed_ReturnsNull()
    {
        // Released: the grant had happened, and was given back.
        _test.Grain.Acquire.Throw(new TimeoutException());
        _test.Grain.Cancel.Reply(Replies.Cancelled(CancelStatus.Unknown), Replies.Cancelled(CancelStatus.Released));
        var acquire = _test.Client.TryAcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.Null(await acquire.OrTimeoutAsync("the confirmed cancel"));
        Assert.Equal(2, _test.Grain.Cancel.Calls.Count);
    }

    [Fact]
    public async Task TryAcquire_OutcomeUnknownAndCancelNotConfirmed_ThrowsUnavailableAndGoesOnCancelling()
    {
        _test.Grain.Acquire.Throw(new TimeoutException());
        _ = _test.Grain.Cancel.Hang();
        var acquire = _test.Client.TryAcquireAsync(TestClient.Key).AsTask();
        await _test.Time.WhenTimersDueInAsync(TestClient.AttemptTimeout, 2);
        _test.Time.Advance(TestClient.AttemptTimeout);

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => acquire.OrTimeoutAsync("the end of patience"));
        Assert.True(exception.MayHaveTakenEffect);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Cancel.WhenCalledAsync(2);
    }

    [Fact]
    public async Task Acquire_WaitOverWhileUnknown_TriesNoLongerThanTheWait()
    {
        var test = new TestClient(options => options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(4));
        test.Grain.Acquire.Throw([.. Enumerable.Repeat(new TimeoutException(), 9)]);
        var acquire = test.Client.AcquireAsync(TestClient.Key, TimeSpan.FromSeconds(6)).AsTask();
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(4));
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<LockTimeoutException>(() => acquire.OrTimeoutAsync("the end of the wait"));
        Assert.Equal([TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(2)], test.Grain.Acquire.Calls.Select(call => call.Wait));
        Assert.Single(test.Grain.Cancel.Calls);
    }

    private static TestClient MakeTroubledFor(TimeSpan patience)
    {
        var test = new TestClient(options =>
        {
            options.UnavailableTimeout = patience;
            options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(10);
        });
        test.Grain.Acquire.Throw([.. Enumerable.Repeat(new TimeoutException(), 12)]).Reply(Replies.Granted());
        return test;
    }
}
