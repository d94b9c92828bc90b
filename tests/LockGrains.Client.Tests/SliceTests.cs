using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>How long one call waits: whoever knows that it waits makes long calls, for which heartbeats speak; all others come back soon.</summary>
public sealed class SliceTests
{
    private readonly TestClient _test = new();

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Acquire_IsQueued_MakesLongCallsOnAnyPlace(int place)
    {
        _test.Grain.Acquire.Reply(Replies.Queued(place), Replies.Granted());
        await GrantAsync(_test, pauses: 1);

        AssertCalls(_test, isLong: [false, true]);
    }

    [Fact]
    public async Task Acquire_WaitIsShorterThanALongCall_IsSentToo()
    {
        _test.Grain.Acquire.Reply(Replies.Queued(1), Replies.Denied(DenyReason.TimedOut));
        var acquire = _test.Client.TryAcquireAsync(TestClient.Key, TimeSpan.FromSeconds(10)).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.Null(await acquire.OrTimeoutAsync("the end of the wait"));
        Assert.Equal(TimeSpan.FromSeconds(10) - TestClient.RetryDelay, _test.Grain.Acquire.Calls[1].Wait);
        AssertCalls(_test, isLong: [false, true]);
    }

    [Fact]
    public async Task Acquire_PlaceIsLost_TheNextRequestBeginsWithAShortCall()
    {
        _test.Grain.Acquire.Reply(Replies.Queued(300), Replies.Denied(DenyReason.Ended), Replies.Queued(301), Replies.Granted());
        await GrantAsync(_test, pauses: 3);

        AssertCalls(_test, isLong: [false, true, false, true]);
        Assert.Equal(2, _test.Grain.Acquire.Calls.Select(call => call.LeaseId).Distinct().Count());
    }

    [Fact]
    public async Task Acquire_LongCallIsSilentOrUnknownLate_KeepsThePlaceByShortCalls()
    {
        _test.Grain.Acquire.Reply(Replies.Queued(5_000));
        _ = _test.Grain.Acquire.Hang();
        _test.Grain.Acquire.Reply(Replies.Queued(5_000));
        var unknown = _test.Grain.Acquire.Hang();
        _test.Grain.Acquire.Reply(Replies.Queued(5_000), Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.AdvanceToTimerAsync(TestClient.BeatingSlice + TestClient.AttemptTimeout);
        for (var pause = 0; pause < 2; pause++)
            await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Acquire.WhenCalledAsync(4);
        _test.Time.Advance(TestClient.BeatingSlice - (2 * TestClient.RetryDelay));
        unknown.SetResult(Replies.Unknown);
        for (var pause = 0; pause < 2; pause++)
            await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the grant");

        AssertCalls(_test, isLong: [false, true, false, true, false, true]);
        Assert.Single(_test.Grain.Acquire.Calls.Select(call => call.LeaseId).Distinct());
        Assert.Empty(_test.Grain.Cancel.Calls);
    }

    [Fact]
    public async Task Acquire_InTroubleWithLittlePatience_MakesCallsOfWhichSeveralFit()
    {
        var test = new TestClient(options => options.UnavailableTimeout = TimeSpan.FromSeconds(6));
        test.Grain.Acquire.Reply(Replies.Queued(2), Replies.Unknown, Replies.Granted());
        await GrantAsync(test, pauses: 2);

        Assert.Equal([TestClient.Slice, TestClient.BeatingSlice, TimeSpan.FromSeconds(2)], test.Grain.Acquire.Calls.Select(call => call.Slice));
    }

    [Fact]
    public async Task Acquire_WithProgressAndTheFirstCallIsUnknown_StillLearnsThePlaceSoon()
    {
        _test.Grain.Acquire.Reply(Replies.Unknown, Replies.Queued(2), Replies.Granted());
        var options = new AcquireOptions { Progress = new Progress<WaitProgress>() };
        var acquire = _test.Client.AcquireAsync(TestClient.Key, options: options).AsTask();
        for (var pause = 0; pause < 2; pause++)
            await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the grant");

        var first = TimeSpan.FromMilliseconds(250);
        Assert.Equal([first, first, TestClient.BeatingSlice], _test.Grain.Acquire.Calls.Select(call => call.Slice));
    }

    [Fact]
    public async Task Acquire_ShortCallHangs_IsAbandonedAfterItsSlice()
    {
        _ = _test.Grain.Acquire.Hang();
        _test.Grain.Acquire.Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.CallTimeout);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        await acquire.OrTimeoutAsync("the grant");
    }

    /// <summary>The scripted replies come at once, so each but the last makes a pause.</summary>
    private static async Task GrantAsync(TestClient test, int pauses)
    {
        var acquire = test.Client.AcquireAsync(TestClient.Key).AsTask();
        for (var pause = 0; pause < pauses; pause++)
            await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the grant");
    }

    private static void AssertCalls(TestClient test, bool[] isLong) => Assert.Equal(
        isLong.Select(value => value ? (TestClient.BeatingSlice, TestClient.BeatPeriod) : (TestClient.Slice, (TimeSpan?)null)),
        test.Grain.Acquire.Calls.Select(call => (call.Slice!.Value, call.BeatPeriod)));
}
