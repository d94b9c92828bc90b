using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests.Groups;

/// <summary>Several locks at once: their order, their one wait, and what is left of an attempt that ends without a group.</summary>
public sealed class AcquireAllTests
{
    private static readonly LockTarget[] Keys = ["c", "a", "b"];

    private readonly TestClient _test = new();
    private readonly ScriptedLockGrain _a;
    private readonly ScriptedLockGrain _b;
    private readonly ScriptedLockGrain _c;

    public AcquireAllTests() => (_a, _b, _c) = (_test.Lock("a"), _test.Lock("b"), _test.Lock("c"));

    [Fact]
    public async Task AcquireAll_KeysInAnyOrder_AreAcquiredOneByOneInOrdinalOrder()
    {
        var (first, second) = (_a.Acquire.Hang(), _b.Acquire.Hang());
        _c.Acquire.Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAllAsync(Keys).AsTask();
        await _a.Acquire.WhenCalledAsync();
        Assert.Empty(_b.Acquire.Calls.Concat(_c.Acquire.Calls));

        first.SetResult(Replies.Granted());
        await _b.Acquire.WhenCalledAsync();
        Assert.Empty(_c.Acquire.Calls);

        second.SetResult(Replies.Granted());
        var group = await acquire.OrTimeoutAsync("the group");
        Assert.Equal(["a", "b", "c"], group.Keys);
        Assert.Equal(["a", "b", "c"], group.Handles.Select(handle => handle.Key));
    }

    [Fact]
    public async Task AcquireAll_UpperCaseKey_ComesFirstByItsCode()
    {
        var upper = _test.Lock("Z");
        _a.Acquire.Reply(Replies.Granted());
        _ = _test.Client.AcquireAllAsync(["a", "Z"]).AsTask();

        await upper.Acquire.WhenCalledAsync();
        Assert.Empty(_a.Acquire.Calls);
    }

    [Fact]
    public async Task AcquireAll_FirstTookItsTime_NextHasTheRestOfTheWait()
    {
        var first = _a.Acquire.Hang();
        _b.Acquire.Reply(Replies.Granted());
        _c.Acquire.Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAllAsync(Keys, TimeSpan.FromSeconds(25)).AsTask();
        await _test.Time.WhenTimerDueInAsync(TestClient.CallTimeout);
        _test.Time.Advance(TestClient.Slice);
        first.SetResult(Replies.Granted());

        await acquire.OrTimeoutAsync("the group");
        Assert.Equal(TimeSpan.FromSeconds(25), _a.Acquire.Calls[0].Wait);
        Assert.Equal(TimeSpan.FromSeconds(21), _b.Acquire.Calls[0].Wait);
    }

    [Fact]
    public async Task AcquireAll_WaitIsUsedUp_TriesTheRestAtOnceAndAnswersWhenItIsDue()
    {
        var wait = TimeSpan.FromSeconds(3);
        var first = _a.Acquire.Hang();
        var acquire = _test.Client.TryAcquireAllAsync(Keys, wait).AsTask();
        await _a.Acquire.WhenCalledAsync();
        _test.Time.Advance(TimeSpan.FromSeconds(4));
        first.SetResult(Replies.Granted());

        Assert.Equal(TimeSpan.Zero, (await _b.Acquire.WhenCalledAsync()).Wait);
        Assert.Equal(TimeSpan.Zero, (await _c.Acquire.WhenCalledAsync()).Wait);

        // They hang: of the 4 s that are left of 3 + 5, one is for their cancels.
        await _test.Time.WhenTimersDueInAsync(TimeSpan.FromSeconds(3), 2);
        _test.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(await acquire.OrTimeoutAsync("the end"));
        Assert.Single(_b.Cancel.Calls);
        Assert.Single(_a.Release.Calls);
    }

    [Fact]
    public async Task TryAcquireAll_OneIsBusy_TriesAllAtOnceAndKeepsNone()
    {
        var (first, second, third) = (_a.Acquire.Hang(), _b.Acquire.Hang(), _c.Acquire.Hang());
        var acquire = _test.Client.TryAcquireAllAsync(Keys).AsTask();
        foreach (var grain in new[] { _a, _b, _c })
            Assert.Equal(TimeSpan.Zero, (await grain.Acquire.WhenCalledAsync()).Wait);
        first.SetResult(Replies.Granted());
        second.SetResult(Replies.Denied(DenyReason.Busy));
        third.SetResult(Replies.Granted());

        Assert.Null(await acquire.OrTimeoutAsync("the end"));
        AssertReleased(_a, _c);
        Assert.Empty(_b.Release.Calls);
        Assert.Equal(0, _test.Client.LiveHandles);
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task TryAcquireAll_AllAreFree_HasThem()
    {
        foreach (var grain in new[] { _a, _b, _c })
            grain.Acquire.Reply(Replies.Granted());

        await using var group = await _test.Client.TryAcquireAllAsync(Keys);
        Assert.Equal(["a", "b", "c"], group!.Keys);
    }

    [Fact]
    public async Task TryAcquireAll_NobodyCanSayForOne_ThrowsForItAndReleasesTheOthers()
    {
        _a.Acquire.Reply(Replies.Granted());
        _c.Acquire.Reply(Replies.Granted());
        _b.Cancel.Otherwise = null;
        var acquire = _test.Client.TryAcquireAllAsync(Keys).AsTask();
        await _b.Acquire.WhenCalledAsync();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(4));
        await _b.Cancel.WhenCalledAsync();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(1));

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => acquire.OrTimeoutAsync("the end"));
        Assert.Equal("b", exception.Key);
        await _a.Release.WhenCalledAsync();
        await _c.Release.WhenCalledAsync();
        AssertReleased(_a, _c);
    }

    [Fact]
    public async Task AcquireAll_WaitEnds_NamesTheKeyAndReleasesTheOthers()
    {
        _a.Acquire.Reply(Replies.Granted());
        var second = _b.Acquire.Hang();
        var acquire = _test.Client.AcquireAllAsync(Keys, TimeSpan.FromSeconds(3)).AsTask();
        await _b.Acquire.WhenCalledAsync();
        _test.Time.Advance(TimeSpan.FromSeconds(3));
        second.SetResult(Replies.Denied(DenyReason.TimedOut));

        var exception = await Assert.ThrowsAsync<LockTimeoutException>(() => acquire.OrTimeoutAsync("the timeout"));
        Assert.Equal(("b", TimeSpan.FromSeconds(3)), (exception.Key, exception.Waited));
        AssertReleased(_a);
        Assert.Empty(_c.Acquire.Calls);
    }

    [Fact]
    public async Task AcquireAll_OneQueueIsFull_NamesItAndReleasesTheOthers()
    {
        _a.Acquire.Reply(Replies.Granted());
        _b.Acquire.Reply(Replies.Denied(DenyReason.QueueFull, length: 7));

        var exception = await Assert.ThrowsAsync<LockQueueFullException>(() => _test.Client.AcquireAllAsync(Keys).AsTask().OrTimeoutAsync("the end"));
        Assert.Equal("b", exception.Key);
        AssertReleased(_a);
    }

    [Fact]
    public async Task AcquireAll_ReleasesHang_EndsSoonAndTheyGoOn()
    {
        _a.Acquire.Reply(Replies.Granted());
        _b.Acquire.Reply(Replies.Denied(DenyReason.QueueFull, length: 7));
        _a.Release.Otherwise = null;
        var acquire = _test.Client.AcquireAllAsync(Keys).AsTask();
        await _a.Release.WhenCalledAsync();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<LockQueueFullException>(() => acquire.OrTimeoutAsync("the end"));

        _a.Release.Otherwise = Replies.Released;
        await _test.AdvanceToTimerAsync(TestClient.AttemptTimeout - TimeSpan.FromSeconds(1));
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _a.Release.WhenCalledAsync(2);
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task AcquireAll_HoldForIsGiven_IsNoReasonToKeepWhatNobodyGot()
    {
        _a.Acquire.Reply(Replies.Granted());
        _b.Acquire.Reply(Replies.Denied(DenyReason.QueueFull, length: 7));

        await Assert.ThrowsAsync<LockQueueFullException>(
            () => _test.Client.AcquireAllAsync(Keys, options: new AcquireOptions { HoldFor = TimeSpan.FromMinutes(1) }).AsTask().OrTimeoutAsync("the end"));
        AssertReleased(_a);
    }

    [Fact]
    public async Task AcquireAll_WasAtRiskWhileItWaited_IsHandedOverWithoutThatWarning()
    {
        // A lease so short that the one call for the second lasts longer.
        _a.Acquire.Reply(Replies.Granted(validForSeconds: 6));
        var second = _b.Acquire.Hang();
        var isAway = true;
        for (var call = 0; call < 100; call++)
            _a.Renew.Add(_ => isAway ? throw new TimeoutException() : ValueTask.FromResult(Replies.Renewed(6)));
        var acquire = _test.Client.AcquireAllAsync(["a", "b"], options: new AcquireOptions { Lease = TimeSpan.FromSeconds(6) }).AsTask();
        await _b.Acquire.WhenCalledAsync();
        _test.Time.Advance(TimeSpan.FromSeconds(4.4));
        await _test.Log.WhenLoggedAsync(6);
        isAway = false;
        _test.Time.Advance(TimeSpan.FromSeconds(1.2));
        second.SetResult(Replies.Granted());

        await using var group = await acquire.OrTimeoutAsync("the group");
        Assert.False(group.AtRiskToken.IsCancellationRequested, "It was warned of what is past.");
        Assert.False(group.Handles[0].AtRiskToken.IsCancellationRequested, "It was warned of what is past.");

        // The next one is told.
        isAway = true;
        _test.Time.Advance(TimeSpan.FromSeconds(4.4));
        await group.AtRiskToken.WhenCancelledAsync("the next warning");
        Assert.True(group.Handles[0].AtRiskToken.IsCancellationRequested);
    }

    private static void AssertReleased(params ScriptedLockGrain[] grains)
    {
        foreach (var grain in grains)
            Assert.Equal(grain.Acquire.Calls[0].LeaseId, Assert.Single(grain.Release.Calls));
    }
}
