using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>The upgrade of a hold: repeated and given up by the rules of an acquire, and the hold stays whatever becomes of it.</summary>
public sealed class UpgradeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TestClient _test = new();

    [Fact]
    public async Task Upgrade_Granted_HasALargerTokenAndIsExclusive()
    {
        await using var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Reply(Replies.Upgraded());
        await handle.UpgradeAsync();

        var request = Assert.Single(_test.Grain.Upgrade.Calls);
        Assert.Equal((_test.Grain.Acquire.Calls[0].LeaseId, 1, TimeSpan.FromSeconds(30)), (request.LeaseId, request.Change, request.Wait));
        Assert.Equal((LockMode.Exclusive, Replies.Token + 10), (handle.Mode, handle.FencingToken));
        Assert.Equal(1, _test.Client.LiveHandles);
        Assert.Empty(_test.Grain.CancelUpgrade.Calls);
    }

    [Fact]
    public async Task Upgrade_IsExclusiveAlready_MakesNoCall()
    {
        await using var handle = await _test.AcquireAsync();
        await handle.UpgradeAsync();

        Assert.True(await handle.TryUpgradeAsync());
        Assert.Empty(_test.Grain.Upgrade.Calls);
        Assert.Equal(Replies.Token, handle.FencingToken);
    }

    [Fact]
    public async Task Upgrade_HeldShared_ThrowsBeforeACallAndNamesTheRemedy()
    {
        _test.Grain.Acquire.Reply(Replies.Granted());
        await using var handle = await _test.Client.AcquireSharedAsync(TestClient.Key);
        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() => handle.UpgradeAsync().AsTask());

        Assert.Contains("AcquireUpgradeableAsync", problem.Message, StringComparison.Ordinal);
        Assert.Empty(_test.Grain.Upgrade.Calls);
        handle.ThrowIfLost();
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(-1)]
    [InlineData(366 * 86_400_000.0)]
    public async Task Upgrade_WaitOutOfRange_ThrowsBeforeACall(double milliseconds)
    {
        await using var handle = await AcquireUpgradeableAsync();
        var problem = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => handle.UpgradeAsync(TimeSpan.FromMilliseconds(milliseconds)).AsTask());

        Assert.Contains("0 to 365 days, and never infinite", problem.Message, StringComparison.Ordinal);
        Assert.Empty(_test.Grain.Upgrade.Calls);
    }

    [Fact]
    public async Task TryUpgrade_Busy_IsFalseAndTheHoldStays()
    {
        await using var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Reply(Replies.Denied(DenyReason.Busy), Replies.Upgraded());

        Assert.False(await handle.TryUpgradeAsync());
        Assert.Equal((LockMode.Upgradeable, Replies.Token), (handle.Mode, handle.FencingToken));
        handle.ThrowIfLost();

        Assert.True(await handle.TryUpgradeAsync());
        Assert.Equal([1, 2], _test.Grain.Upgrade.Calls.Select(request => request.Change));
    }

    [Fact]
    public async Task Upgrade_WaitIsOver_ThrowsAndTheHoldStays()
    {
        await using var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Reply(Replies.Denied(DenyReason.TimedOut));
        var problem = await Assert.ThrowsAsync<LockTimeoutException>(() => handle.UpgradeAsync(Second).AsTask());

        Assert.Equal(TestClient.Key, problem.Key);
        Assert.Equal(LockMode.Upgradeable, handle.Mode);
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task Upgrade_HasToWait_CallsAgainWithTheSameNumber()
    {
        await using var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Reply(Replies.Queued(1), Replies.Upgraded());
        var upgrade = handle.UpgradeAsync().AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await upgrade;

        Assert.Equal([1, 1], _test.Grain.Upgrade.Calls.Select(request => request.Change));
        Assert.Equal(TestClient.BeatPeriod, _test.Grain.Upgrade.Calls[1].BeatPeriod);
    }

    [Fact]
    public async Task Upgrade_RequestIsOver_BeginsAnewWithTheNextNumber()
    {
        await using var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Reply(Replies.Denied(DenyReason.Ended), Replies.Upgraded());
        var upgrade = handle.UpgradeAsync().AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await upgrade;
        await DowngradeAsync(handle, LockMode.Upgradeable);

        Assert.Equal([1, 2], _test.Grain.Upgrade.Calls.Select(request => request.Change));
        Assert.Equal(3, Assert.Single(_test.Grain.Downgrade.Calls).Change);
    }

    [Fact]
    public async Task Upgrade_CancelledWhileItWaits_IsGivenUpAndTheHoldStays()
    {
        await using var handle = await AcquireUpgradeableAsync();
        using var giveUp = new CancellationTokenSource();
        _test.Grain.Upgrade.Hang();
        var upgrade = handle.UpgradeAsync(cancellationToken: giveUp.Token).AsTask();
        await _test.Grain.Upgrade.WhenCalledAsync();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upgrade);

        Assert.Equal(1, Assert.Single(_test.Grain.CancelUpgrade.Calls));
        Assert.Empty(_test.Grain.Cancel.Calls);
        Assert.Empty(_test.Grain.Release.Calls);
        Assert.Equal(LockMode.Upgradeable, handle.Mode);
        handle.ThrowIfLost();

        _test.Grain.Upgrade.Reply(Replies.Upgraded());
        await handle.UpgradeAsync();
        Assert.Equal(2, _test.Grain.Upgrade.Calls[^1].Change);
    }

    [Fact]
    public async Task Upgrade_HoldIsOver_TellsTheLoss()
    {
        await using var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Reply(Replies.Denied(DenyReason.NotHeld));
        await Assert.ThrowsAsync<LockLostException>(() => handle.UpgradeAsync().AsTask());

        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Throws<LockLostException>(handle.ThrowIfLost);
    }

    [Fact]
    public async Task Upgrade_ReleasedWhileItWaits_EndsTheWait()
    {
        var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Hang();
        var upgrade = handle.UpgradeAsync().AsTask();
        await _test.Grain.Upgrade.WhenCalledAsync();
        await handle.ReleaseAsync();

        Assert.Equal(EndReason.Released, (await Assert.ThrowsAsync<LockLostException>(() => upgrade)).End);
    }

    [Fact]
    public async Task Upgrade_AnotherIsUnderWay_ThrowsAtOnce()
    {
        await using var handle = await AcquireUpgradeableAsync();
        var reply = _test.Grain.Upgrade.Hang();
        var first = handle.UpgradeAsync().AsTask();
        await _test.Grain.Upgrade.WhenCalledAsync();
        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() => handle.UpgradeAsync().AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => handle.DowngradeAsync().AsTask());
        reply.SetResult(Replies.Upgraded());
        await first;

        Assert.Contains("await it first", problem.Message, StringComparison.Ordinal);
        Assert.Equal(LockMode.Exclusive, handle.Mode);
    }

    [Fact]
    public async Task TryUpgrade_NoUsableReplyAndItsCancelIsConfirmed_IsCertainlyFalse()
    {
        await using var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Otherwise = Replies.Unknown;

        Assert.False(await handle.TryUpgradeAsync());
        Assert.Equal([1], _test.Grain.CancelUpgrade.Calls);
        Assert.Equal(LockMode.Upgradeable, handle.Mode);
    }

    [Fact]
    public async Task TryUpgrade_NoUsableReplyNorAnyToItsCancel_ThrowsUnavailable()
    {
        await using var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Otherwise = Replies.Unknown;
        _test.Grain.CancelUpgrade.Otherwise = null;
        var upgrade = handle.TryUpgradeAsync().AsTask();

        // That of the call, and that of whoever waits for it.
        await _test.Time.WhenTimersDueInAsync(TestClient.AttemptTimeout, 2);
        _test.Time.Advance(TestClient.AttemptTimeout);

        var problem = await Assert.ThrowsAsync<LockUnavailableException>(() => upgrade.OrTimeoutAsync("the end of patience"));
        Assert.True(problem.MayHaveTakenEffect);
        Assert.Equal((LockMode.Upgradeable, Replies.Token), (handle.Mode, handle.FencingToken));
        handle.ThrowIfLost();
    }

    /// <summary>The silo may have granted the one that was given up, and would keep it granted for as long as the hold lasts.</summary>
    [Fact]
    public async Task Upgrade_TheOneBeforeIsNotKnownToBeOver_SaysFirstWhatIsHeld()
    {
        await using var handle = await AcquireUpgradeableAsync();
        using var giveUp = new CancellationTokenSource();
        _test.Grain.Upgrade.Hang();
        _test.Grain.CancelUpgrade.Hang();
        var upgrade = handle.UpgradeAsync(cancellationToken: giveUp.Token).AsTask();
        await _test.Grain.Upgrade.WhenCalledAsync();
        await giveUp.CancelAsync();
        await _test.AdvanceToTimerAsync(Second);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upgrade);

        _test.Grain.Downgrade.Reply(Replies.Changed(LockMode.Upgradeable));
        _test.Grain.Upgrade.Reply(Replies.Upgraded());
        await handle.UpgradeAsync();
        var settled = Assert.Single(_test.Grain.Downgrade.Calls);
        Assert.Equal((2, LockMode.Upgradeable), (settled.Change, settled.Mode));
        Assert.Equal([1, 3], _test.Grain.Upgrade.Calls.Select(request => request.Change));
    }

    [Fact]
    public async Task Upgrade_TheDowngradeBeforeHadNoReply_SaysFirstWhatIsHeld()
    {
        await using var handle = await _test.AcquireAsync();
        using var giveUp = new CancellationTokenSource();
        _test.Grain.Downgrade.Hang();
        var downgrade = handle.DowngradeAsync(LockMode.Upgradeable, cancellationToken: giveUp.Token).AsTask();
        await _test.Grain.Downgrade.WhenCalledAsync();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => downgrade);

        _test.Grain.Downgrade.Reply(Replies.Changed(LockMode.Upgradeable));
        _test.Grain.Upgrade.Reply(Replies.Upgraded());
        await handle.UpgradeAsync();
        Assert.Equal([1, 2], _test.Grain.Downgrade.Calls.Select(request => request.Change));
        Assert.Equal(3, Assert.Single(_test.Grain.Upgrade.Calls).Change);
    }

    [Fact]
    public async Task Upgrade_BegunAnewAndTooLate_EndsAllItsNumbers()
    {
        await using var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Reply(Replies.Denied(DenyReason.Ended), Replies.Denied(DenyReason.TimedOut));
        var upgrade = handle.TryUpgradeAsync(Second).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.False(await upgrade);
        Assert.Equal(2, await _test.Grain.CancelUpgrade.WhenCalledAsync());

        // Nobody awaited that cancel: a copy of the first number may still be granted, so the next upgrade says first what is held.
        var settled = _test.Grain.Downgrade.Hang();
        _test.Grain.Upgrade.Reply(Replies.Upgraded());
        var again = handle.UpgradeAsync().AsTask();
        Assert.Equal(3, (await _test.Grain.Downgrade.WhenCalledAsync()).Change);
        Assert.Equal([1, 2], _test.Grain.Upgrade.Calls.Select(request => request.Change));
        settled.SetResult(Replies.Changed(LockMode.Upgradeable));
        await again.OrTimeoutAsync("the upgrade");
        Assert.Equal([1, 2, 4], _test.Grain.Upgrade.Calls.Select(request => request.Change));
        Assert.Single(_test.Grain.Downgrade.Calls);
    }

    [Fact]
    public async Task Upgrade_ClientIsDisposed_EndsTheWaitAndGivesItUp()
    {
        var handle = await AcquireUpgradeableAsync();
        _test.Grain.Upgrade.Hang();
        var upgrade = handle.UpgradeAsync().AsTask();
        await _test.Grain.Upgrade.WhenCalledAsync();
        await _test.Client.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => upgrade);
        Assert.Equal([1], _test.Grain.CancelUpgrade.Calls);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => handle.UpgradeAsync().AsTask());
    }

    [Fact]
    public async Task Upgrade_Released_Throws()
    {
        var handle = await AcquireUpgradeableAsync();
        await handle.ReleaseAsync();

        await Assert.ThrowsAsync<LockLostException>(() => handle.UpgradeAsync().AsTask());
        await Assert.ThrowsAsync<LockLostException>(() => handle.DowngradeAsync().AsTask());
        Assert.Empty(_test.Grain.Upgrade.Calls);
    }

    private async Task<LockHandle> AcquireUpgradeableAsync() => await _test.AcquireAsync(new AcquireOptions { Mode = LockMode.Upgradeable });

    private async Task DowngradeAsync(LockHandle handle, LockMode mode)
    {
        _test.Grain.Downgrade.Reply(Replies.Changed(mode));
        await handle.DowngradeAsync(mode);
    }
}
