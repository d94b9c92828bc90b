using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>A part of a hold is given back. The rest stays held, so nobody comes in between.</summary>
public sealed class DowngradeTests
{
    [Fact]
    public void Downgrade_ToShared_LetsTheAdjacentReadersInInTheSameStep()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Share(B);
        key.Share(C);
        key.Acquire(D);
        key.Share(Of(1));
        var before = key.Hold(A);

        var after = Assert.IsType<LockReply.Changed>(key.Downgrade(A, 1)).Lease;

        Assert.Equal((LockMode.Shared, 1, 1), (after.Mode, after.Permits, after.Change));
        Assert.Equal((before.FencingToken, before.ExpiresAt, before.Term), (after.FencingToken, after.ExpiresAt, after.Term));
        Assert.Equal([A, B, C], key.Holders);
        Assert.Equal([D, Of(1)], key.Waiting);
        Assert.Equal(["changed", "granted", "granted"], key.Events);
        var changed = Assert.IsType<LockEvent.HoldChanged>(key.Last.Events[0]);
        Assert.Equal((before, after, (Waiter?)null), (changed.Before, changed.After, changed.Waiter));
        Assert.Equal(AnswerAfter.Write, key.Last.After);
    }

    [Fact]
    public void Downgrade_ToUpgradeable_LetsReadersInAndNobodyElseWhoMayWrite()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Share(B);
        key.ShareToUpgrade(C);

        key.Downgrade(A, 1, LockMode.Upgradeable);

        Assert.Equal([A, B], key.Holders);
        Assert.Equal([C], key.Waiting);
    }

    [Fact]
    public void Downgrade_OfAnUpgradeableHold_LetsTheNextOneOfItsKindIn()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.ShareToUpgrade(B);

        key.Downgrade(A, 1, LockMode.Shared);

        Assert.Equal([LockMode.Shared, LockMode.Upgradeable], key.State.Holders.Select(lease => lease.Mode));
        Assert.Equal(DenyReason.Invalid, Assert.IsType<LockReply.Denied>(key.Upgrade(A, 2)).Reason);
    }

    [Fact]
    public void Downgrade_WithAWriterWaiting_LetsItNotSlipIn()
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false);
        key.Acquire(B);
        key.Share(C);

        key.Downgrade(A, 1);

        Assert.Equal([A], key.Holders);
        Assert.Equal([B, C], key.Waiting);
        Assert.Equal(["changed"], key.Events);
    }

    [Fact]
    public void Downgrade_OfPermits_FreesTheRestForWhomItFits()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 3, limit: 3);
        key.Share(B, permits: 1, limit: 3);
        key.Share(C, permits: 2, limit: 3);

        Assert.Equal(2, Assert.IsType<LockReply.Changed>(key.Downgrade(A, 1, permits: 2)).Lease.Permits);
        Assert.Equal([A, B], key.Holders);
        key.Downgrade(A, 2, permits: 1);
        Assert.Equal([A, B], key.Holders);
        key.Release(B);

        Assert.Equal([A, C], key.Holders);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void Downgrade_IsToldAfterItsWrite(int delay)
    {
        var key = new LockUnderTest(new LockPolicy { ReleaseWriteDelay = Ms(delay) });
        key.Acquire(A);

        key.Downgrade(A, 1);

        Assert.Equal((AnswerAfter.Write, true), (key.Last.After, key.Last.Dirty));
    }

    [Fact]
    public void Downgrade_Twice_IsAsOnce()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Downgrade(A, 1);
        var state = key.State;

        Assert.Equal(new LockReply.Changed(key.Hold(A)), key.Downgrade(A, 1));

        Assert.Same(state, key.State);
        Assert.Equal(AnswerAfter.Validation, key.Last.After);
    }

    [Fact]
    public void LateDowngrade_AfterTheNextChange_ChangesNothing()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Downgrade(A, 1, LockMode.Upgradeable);
        key.Upgrade(A, 2);
        var state = key.State;

        Assert.Equal(LockMode.Exclusive, Assert.IsType<LockReply.Changed>(key.Downgrade(A, 1, LockMode.Upgradeable)).Lease.Mode);
        Assert.Same(state, key.State);
    }

    [Fact]
    public void LateDowngradeOfPermits_DoesNotGiveBackMore()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 5, limit: 5);
        key.Downgrade(A, 1, permits: 4);
        key.Downgrade(A, 2, permits: 3);

        Assert.Equal(3, Assert.IsType<LockReply.Changed>(key.Downgrade(A, 1, permits: 1)).Lease.Permits);
        Assert.Equal(3, key.Hold(A).Permits);
    }

    [Fact]
    public void Downgrade_WhileTheUpgradeWaits_EndsThat()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Upgrade(A, 1);
        key.ShareToUpgrade(C);

        key.Downgrade(A, 2);

        Assert.Equal(["upgrade Cancelled", "changed", "granted"], key.Events);
        Assert.Equal([A, B, C], key.Holders);
        Assert.Null(key.State.Upgrade);
        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 1));
    }

    /// <summary>The holder has counted on since: whatever that downgrade was to do, it is a late copy.</summary>
    [Fact]
    public void Downgrade_OlderThanTheUpgradeThatWaits_ChangesNothing()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Upgrade(A, 2);

        key.Downgrade(A, 1);

        Assert.Equal(2, key.State.Upgrade?.Change);
        Assert.Equal(LockMode.Upgradeable, key.Hold(A).Mode);
        Assert.Empty(key.Last.Events);
    }

    /// <summary>Its holder gives each number once, so this one is the upgrade's.</summary>
    [Fact]
    public void Downgrade_WithTheNumberOfTheUpgradeThatWaits_ChangesNothing()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Upgrade(A, 2);
        var state = key.State;

        Assert.Equal(new LockReply.Changed(key.Hold(A)), key.Downgrade(A, 2));

        Assert.Same(state, key.State);
        Assert.Equal((AnswerAfter.Validation, false), (key.Last.After, key.Last.Dirty));
        key.Release(B);
        Assert.Equal((LockMode.Exclusive, 2), (key.Hold(A).Mode, key.Hold(A).Change));
    }

    [Fact]
    public void Downgrade_ByOneThatDoesNotHold_IsToldSo()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        var state = key.State;

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Downgrade(B, 1));
        Assert.Equal(AnswerAfter.Validation, key.Last.After);
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Downgrade(LeaseId.None, 1));
        Assert.Same(state, key.State);
    }

    [Fact]
    public void DowngradedHold_AfterRenewalRepetitionAndFailover_IsStillThat()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Downgrade(A, 1);
        key.Renew(A);
        Assert.Equal(LockMode.Shared, Assert.IsType<LockReply.Granted>(key.Acquire(A)).Lease.Mode);
        key.Restore();

        Assert.Equal((LockMode.Shared, 1), (key.Hold(A).Mode, key.Hold(A).Change));
        Assert.IsType<LockReply.Granted>(key.Share(B));
        Assert.Equal(LockMode.Shared, Assert.IsType<LockReply.Changed>(key.Downgrade(A, 1)).Lease.Mode);
    }

    [Fact]
    public void DowngradedWriter_TakesOnePermitWithoutANumber()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Downgrade(A, 1);

        Assert.Empty(key.Numbers(A));
        Assert.Equal(DenyReason.Busy, Assert.IsType<LockReply.Denied>(key.TryShare(B, permits: 2, limit: 2)).Reason);
        Assert.IsType<LockReply.Granted>(key.TryShare(B, permits: 1, limit: 2));
        Assert.Equal([0], key.Numbers(B));
    }
}
