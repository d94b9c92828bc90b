using LockGrains.Client.Tests.Fakes;
using LockGrains.Core;

namespace LockGrains.Client.Tests;

/// <summary>How long one call waits: whoever may be next, or does not know its place, comes back sooner.</summary>
public sealed class SliceTests
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NearSlice = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan FarSlice = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly TestClient _test = new(options => options.NearSlice = NearSlice);

    [Fact]
    public void Default_NearSlice_IsTheShorterOne() => Assert.True(new LockClientOptions().NearSlice < new LockClientOptions().Slice);

    [Theory]
    [InlineData(1, true)]
    [InlineData(AcquireSettings.NearPlacesDefault, true)]
    [InlineData(AcquireSettings.NearPlacesDefault + 1, false)]
    [InlineData(100_000, false)]
    public async Task Acquire_PlaceIsKnown_AsksForTheSliceOfThatPlace(int place, bool isNear)
    {
        _test.Grain.Acquire.Reply(Replies.Queued(place), Replies.Granted());
        await _test.Client.AcquireAsync(TestClient.Key).AsTask().OrTimeoutAsync("the grant");

        Assert.Equal([NearSlice, isNear ? NearSlice : Slice], _test.Grain.Acquire.Calls.Select(call => call.Slice));
    }

    [Theory]
    [InlineData(300, 8, 8)]
    [InlineData(300, 2, 2)]
    [InlineData(100_000, 60, 10)]
    [InlineData(5, 60, 4)]
    [InlineData(5, 3, 3)]
    public async Task Acquire_SiloNamesASlice_AsksForNoMore(int place, double told, double asked)
    {
        _test.Grain.Acquire.Reply(Replies.Queued(place, sliceSeconds: told), Replies.Granted());
        await _test.Client.AcquireAsync(TestClient.Key).AsTask().OrTimeoutAsync("the grant");

        Assert.Equal(TimeSpan.FromSeconds(asked), _test.Grain.Acquire.Calls[1].Slice);
    }

    [Fact]
    public async Task Acquire_SiloNamesALongerSliceLater_AsksForNoMoreThanBefore()
    {
        _test.Grain.Acquire.Reply(Replies.Queued(300, sliceSeconds: 5), Replies.Queued(400, sliceSeconds: 9), Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the grant");

        Assert.Equal(TimeSpan.FromSeconds(5), _test.Grain.Acquire.Calls[2].Slice);
    }

    [Fact]
    public async Task Acquire_PlaceIsLost_TheNextAttemptKnowsNoSlice()
    {
        _test.Grain.Acquire.Reply(Replies.Queued(300, sliceSeconds: 1), Replies.Denied(DenyReason.Ended), Replies.Queued(300, sliceSeconds: 5), Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Acquire.WhenCalledAsync(3);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the grant");

        Assert.Equal(TimeSpan.FromSeconds(5), _test.Grain.Acquire.Calls[3].Slice);
    }

    [Fact]
    public async Task Acquire_PlaceFarBackIsLost_TheNextAttemptAsksForANearSlice()
    {
        _test.Grain.Acquire.Reply(Replies.Queued(300), Replies.Denied(DenyReason.Ended), Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the grant");

        Assert.Equal([NearSlice, Slice, NearSlice], _test.Grain.Acquire.Calls.Select(call => call.Slice));
    }

    [Fact]
    public async Task Acquire_SilentOrUnknownAfterLongWaitFarBack_KeepsThePlace()
    {
        var test = new TestClient(options => (options.Slice, options.NearSlice) = (FarSlice, NearSlice));
        test.Grain.Acquire.Reply(Replies.Queued(5_000, sliceSeconds: 60));
        _ = test.Grain.Acquire.Hang();
        test.Grain.Acquire.Reply(Replies.Queued(5_000, sliceSeconds: 60));
        var unknown = test.Grain.Acquire.Hang();
        test.Grain.Acquire.Reply(Replies.Granted());
        var acquire = test.Client.AcquireAsync(TestClient.Key).AsTask();
        await test.AdvanceToTimerAsync(FarSlice + TestClient.AttemptTimeout);
        await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await test.Grain.Acquire.WhenCalledAsync(3);
        await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await test.Grain.Acquire.WhenCalledAsync(4);
        test.Time.Advance(FarSlice - Instant);
        unknown.SetResult(Replies.Unknown);
        await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the grant");

        Assert.Single(test.Grain.Acquire.Calls.Select(call => call.LeaseId).Distinct());
        Assert.Empty(test.Grain.Cancel.Calls);
    }

    [Fact]
    public async Task Acquire_CallFarBackFailed_TheNextIsAnsweredWhileThereIsPatience()
    {
        var test = new TestClient(options => (options.Slice, options.NearSlice) = (FarSlice, NearSlice));
        test.Grain.Acquire.Reply(Replies.Queued(5_000, sliceSeconds: 60), Replies.Unknown, Replies.Queued(5_000, sliceSeconds: 60), Replies.Granted());
        var acquire = test.Client.AcquireAsync(TestClient.Key).AsTask();
        await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await test.Grain.Acquire.WhenCalledAsync(3);
        await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire.OrTimeoutAsync("the grant");

        Assert.Equal([NearSlice, FarSlice, Slice, FarSlice], test.Grain.Acquire.Calls.Select(call => call.Slice));
    }

    [Fact]
    public async Task Acquire_NearCallHangs_IsAbandonedAfterTheNearSlice()
    {
        _ = _test.Grain.Acquire.Hang();
        _test.Grain.Acquire.Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(NearSlice + TestClient.AttemptTimeout);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        await acquire.OrTimeoutAsync("the grant");
    }

    [Fact]
    public async Task Acquire_NearSliceIsTheLonger_HasNoEffect()
    {
        var test = new TestClient(options => (options.Slice, options.FirstSlice, options.NearSlice) = (NearSlice, NearSlice, Slice));
        test.Grain.Acquire.Reply(Replies.Queued(1), Replies.Granted());
        await test.Client.AcquireAsync(TestClient.Key).AsTask().OrTimeoutAsync("the grant");

        Assert.All(test.Grain.Acquire.Calls, call => Assert.Equal(NearSlice, call.Slice));
    }
}
