using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>An upgrade is given up, wherever it stands. What was held before it stays held, and a late copy changes nothing.</summary>
public sealed class CancelUpgradeTests
{
    [Fact]
    public void Cancel_WhileTheUpgradeWaits_LetsOthersInAndKeepsTheHold()
    {
        var key = Upgradeable();
        key.Share(B);
        key.Upgrade(A, 1);
        key.Share(C);
        var before = key.Hold(A);

        var lease = Assert.IsType<LockReply.Changed>(key.CancelUpgrade(A, 1)).Lease;

        Assert.Equal((LockMode.Upgradeable, before.FencingToken, before.ExpiresAt), (lease.Mode, lease.FencingToken, lease.ExpiresAt));
        Assert.Equal(["upgrade Cancelled", "granted"], key.Events);
        Assert.Equal([A, B, C], key.Holders);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 1));
    }

    [Fact]
    public void Cancel_ThatOvertakesItsUpgrade_TurnsItAway()
    {
        var key = Upgradeable();

        Assert.Equal(LockMode.Upgradeable, Assert.IsType<LockReply.Changed>(key.CancelUpgrade(A, 1)).Lease.Mode);
        Assert.Equal((AnswerAfter.Write, true), (key.Last.After, key.Last.Dirty));
        Assert.Empty(key.Last.Events);
        key.Restore();

        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 1));
        Assert.Equal(LockMode.Upgradeable, key.Hold(A).Mode);
        Assert.IsType<LockReply.Granted>(key.Upgrade(A, 2));
    }

    [Fact]
    public void Cancel_AfterTheGrant_GivesBackWhatItGotAndNoMore()
    {
        var key = Upgradeable();
        key.Upgrade(A, 1);
        key.Share(B);
        var granted = key.Hold(A);

        var lease = Assert.IsType<LockReply.Changed>(key.CancelUpgrade(A, 1)).Lease;

        Assert.Equal((LockMode.Upgradeable, granted.FencingToken, granted.ExpiresAt), (lease.Mode, lease.FencingToken, lease.ExpiresAt));
        Assert.Equal(["changed", "granted"], key.Events);
        Assert.Equal([A, B], key.Holders);
        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 1));
    }

    [Theory]
    [InlineData("before")]
    [InlineData("while it waits")]
    [InlineData("after the grant")]
    public void Cancel_Twice_IsAsOnce(string when)
    {
        var key = Upgradeable();
        if (when == "while it waits")
            key.Share(B);
        if (when != "before")
            key.Upgrade(A, 1);
        key.CancelUpgrade(A, 1);
        var hold = key.Hold(A);

        Assert.Equal(new LockReply.Changed(hold), key.CancelUpgrade(A, 1));

        Assert.Equal(hold, key.Hold(A));
        Assert.Empty(key.Last.Events);
        Assert.Null(key.State.Upgrade);
    }

    [Fact]
    public void LateCancel_AfterTheNextGrant_ChangesNothing()
    {
        var key = Upgradeable();
        key.Upgrade(A, 1);
        key.Downgrade(A, 2, LockMode.Upgradeable);
        key.Upgrade(A, 3);
        var hold = key.Hold(A);

        Assert.Equal(new LockReply.Changed(hold), key.CancelUpgrade(A, 1));

        Assert.Equal(hold, key.Hold(A));
        Assert.IsType<LockReply.Queued>(key.Share(B));
    }

    [Fact]
    public void LateCancel_WhileTheNextUpgradeWaits_LeavesItWaiting()
    {
        var key = Upgradeable();
        key.Share(B);
        key.Upgrade(A, 1);
        key.Upgrade(A, 2);

        key.CancelUpgrade(A, 1);

        Assert.Equal(2, key.State.Upgrade!.Change);
        Assert.Empty(key.Last.Events);
        key.Release(B);
        Assert.Equal((LockMode.Exclusive, 2), (key.Hold(A).Mode, key.Hold(A).Change));
    }

    [Fact]
    public void Cancel_OfALaterNumber_GivesUpTheOlderUpgradeThatWaits()
    {
        var key = Upgradeable();
        key.Share(B);
        key.Upgrade(A, 1);

        key.CancelUpgrade(A, 2);

        Assert.Null(key.State.Upgrade);
        Assert.Equal(["upgrade Cancelled"], key.Events);
        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 2));
    }

    [Fact]
    public void Cancel_AfterTheUpgradeTimedOut_KeepsTheHold()
    {
        var key = Upgradeable();
        key.Share(B);
        key.Upgrade(A, 1, Sec(3));
        key.Wait(Sec(3));
        key.EndSlice(A);

        Assert.Equal(LockMode.Upgradeable, Assert.IsType<LockReply.Changed>(key.CancelUpgrade(A, 1)).Lease.Mode);
        Assert.Equal([A, B], key.Holders);
    }

    [Fact]
    public void Cancel_ByOneThatDoesNotHold_IsToldSoAndChangesNothing()
    {
        var key = Upgradeable();
        key.Share(B);
        key.Release(B);
        var state = key.State;

        Assert.Equal(new LockReply.NotHeld(EndReason.Released), key.CancelUpgrade(B, 1));
        Assert.Equal(AnswerAfter.Validation, key.Last.After);
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.CancelUpgrade(C, 1));
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.CancelUpgrade(LeaseId.None, 1));
        Assert.Same(state, key.State);
    }

    [Fact]
    public void Cancel_ByAWaiterOfTheQueue_IsNoCancelOfItsWait()
    {
        var key = Upgradeable();
        key.Acquire(B);

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.CancelUpgrade(B, 1));
        Assert.Equal([B], key.Waiting);
    }

    /// <summary>It got nothing by an upgrade, so a cancel takes nothing, however often it comes: the holder counts on being alone.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cancel_OfAHoldThatWasAcquiredExclusively_NeverLetsAnybodyIn(bool hasAskedForIt)
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false);
        if (hasAskedForIt)
            key.Upgrade(A, 1);

        key.CancelUpgrade(A, 1);
        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
        key.CancelUpgrade(A, 1);

        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
        Assert.IsType<LockReply.Queued>(key.Share(B));
    }

    [Fact]
    public void Cancel_OfASecondUpgradeThatGotNothing_NeverLetsAnybodyIn()
    {
        var key = Upgradeable();
        key.Upgrade(A, 1);
        key.Upgrade(A, 2);

        key.CancelUpgrade(A, 2);
        key.CancelUpgrade(A, 2);

        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Cancel_OfAChangeWithoutANumber_ChangesNothing(int change)
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        var state = key.State;

        key.CancelUpgrade(A, change);

        Assert.Same(state, key.State);
        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
    }

    private static LockUnderTest Upgradeable()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        return key;
    }
}
