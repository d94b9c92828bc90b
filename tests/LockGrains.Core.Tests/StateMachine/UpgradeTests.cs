using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>From upgradeable to exclusive: before everybody who waits, after everybody who holds.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public void Upgrade_WithNobodyBeside_IsGrantedAtOnceWithALargerTokenAndTheSameEnd()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        var before = key.Hold(A);
        key.Wait(Sec(2));

        var after = Assert.IsType<LockReply.Granted>(key.Upgrade(A, 1)).Lease;

        Assert.Equal((LockMode.Exclusive, 1, 1), (after.Mode, after.Permits, after.Change));
        Assert.True(after.FencingToken > before.FencingToken);
        Assert.Equal((before.ExpiresAt, before.Term, before.GrantedAt), (after.ExpiresAt, after.Term, after.GrantedAt));
        var changed = Assert.IsType<LockEvent.HoldChanged>(Assert.Single(key.Last.Events));
        Assert.Equal((before, after, (Waiter?)null), (changed.Before, changed.After, changed.Waiter));
        Assert.Equal((AnswerAfter.Write, true), (key.Last.After, key.Last.Dirty));
        Assert.IsType<LockReply.Queued>(key.Share(B));
        Assert.Equal(after, key.Hold(A));
    }

    [Fact]
    public void Upgrade_WithReadersBeside_WaitsForThemAndIsThenGrantedInThatStep()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Share(C);
        var token = key.Hold(A).FencingToken;

        Assert.Equal(new LockReply.Queued(0, 1, 0), key.Upgrade(A, 1));
        Assert.Equal((AnswerAfter.Decision, false), (key.Last.After, key.Last.Dirty));
        Assert.Empty(key.Last.Events);
        key.Release(B);
        Assert.Equal((LockMode.Upgradeable, token), (key.Hold(A).Mode, key.Hold(A).FencingToken));
        var upgrade = key.State.Upgrade;
        key.Release(C);

        Assert.Equal(["lease Released", "changed"], key.Events);
        Assert.Equal(upgrade, Assert.IsType<LockEvent.HoldChanged>(key.Last.Events[1]).Waiter);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
        Assert.Equal((LockMode.Exclusive, 1), (key.Hold(A).Mode, key.Hold(A).Change));
        Assert.True(key.Hold(A).FencingToken > token);
        Assert.Null(key.State.Upgrade);
    }

    [Fact]
    public void WhileAnUpgradeWaits_NobodyComesIn()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Upgrade(A, 1);

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.TryShare(C));
        Assert.Equal(new LockReply.Queued(1, 1, 1), key.Share(C));
        Assert.Equal(new LockReply.Queued(2, 2, 2), key.ShareToUpgrade(D));
        Assert.Equal([A, B], key.Holders);

        key.Release(B);
        Assert.Equal([A], key.Holders);
        Assert.Equal([C, D], key.Waiting);
        key.Release(A);
        Assert.Equal([C, D], key.Holders);
    }

    [Fact]
    public void Upgrade_GoesBeforeAllWhoWait()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Acquire(C);
        key.Share(D);

        Assert.Equal(new LockReply.Queued(0, 1, 2), key.Upgrade(A, 1));
        key.Release(B);

        Assert.Equal((A, LockMode.Exclusive), (key.Holder, key.Hold(A).Mode));
        Assert.Equal(new LockReply.Queued(1, 1, 2), key.Acquire(C));
    }

    /// <summary>Readers who came and went since have larger tokens than the hold: a guard that keeps the largest must let the writer in.</summary>
    [Fact]
    public void Token_OfAnUpgrade_IsLargerThanThoseOfAllReadersSince()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        var reader = key.Hold(B).FencingToken;
        key.Release(B);

        Assert.True(Assert.IsType<LockReply.Granted>(key.Upgrade(A, 1)).Lease.FencingToken > reader);
    }

    [Fact]
    public void Upgrade_AgainWhileItWaits_KeepsItsPlaceAndWaitsOn()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Upgrade(A, 1);
        key.Wait(Sec(3));

        Assert.Equal(new LockReply.Queued(0, 1, 0), key.Upgrade(A, 1));

        Assert.Empty(key.Last.Events);
        Assert.Equal(key.Now.Monotonic + Sec(10), key.State.Upgrade!.AttachedUntil);
    }

    [Fact]
    public void Upgrade_AgainAfterItsGrant_IsTheSameTokenWithoutAChange()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Upgrade(A, 1);
        var (state, token) = (key.State, key.Hold(A).FencingToken);
        key.Wait(Sec(1));

        Assert.Equal(token, Assert.IsType<LockReply.Granted>(key.Upgrade(A, 1)).Lease.FencingToken);

        Assert.Same(state, key.State);
        Assert.Equal(AnswerAfter.Validation, key.Last.After);
    }

    [Fact]
    public void Upgrade_OfAnExclusiveHold_IsGrantedAsItIs()
    {
        var key = new LockUnderTest();
        var token = key.Granted(A);

        var lease = Assert.IsType<LockReply.Granted>(key.Upgrade(A, 1)).Lease;

        Assert.Equal((LockMode.Exclusive, token), (lease.Mode, lease.FencingToken));
        Assert.Equal((LockMode.Exclusive, token), (key.Hold(A).Mode, key.Hold(A).FencingToken));
        Assert.Empty(key.Last.Events);
    }

    /// <summary>A downgrade of a smaller number may still come, so the number must be in storage before this is told.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Upgrade_OfAnExclusiveHoldWithALargerNumber_NotesThatNumberAndIsWritten(bool wasUpgraded)
    {
        var key = Exclusive(wasUpgraded);
        var before = key.Hold(A);
        key.Wait(Sec(1));

        var after = Assert.IsType<LockReply.Granted>(key.Upgrade(A, 2)).Lease;

        Assert.Equal(before with { Extent = new HoldExtent(LockMode.Exclusive, 1, [], 2) }, after);
        Assert.Equal((AnswerAfter.Write, true), (key.Last.After, key.Last.Dirty));
        Assert.Empty(key.Last.Events);
        Assert.Equal(after, key.Hold(A));
        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(key.Upgrade(A, 1)).Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Upgrade_OfAnExclusiveHoldWithTheSameNumber_ChangesNothing(bool wasUpgraded)
    {
        var key = Exclusive(wasUpgraded);
        key.Upgrade(A, 2);
        var (state, lease) = (key.State, key.Hold(A));
        key.Wait(Sec(1));

        Assert.Equal(lease, Assert.IsType<LockReply.Granted>(key.Upgrade(A, 2)).Lease);

        Assert.Same(state, key.State);
        Assert.Equal((AnswerAfter.Validation, false), (key.Last.After, key.Last.Dirty));
    }

    [Fact]
    public void Upgrade_OfASharedHold_IsRefusedAndChangesNothing()
    {
        var key = new LockUnderTest();
        key.Share(A);
        var state = key.State;

        var denied = Assert.IsType<LockReply.Denied>(key.Upgrade(A, 1));

        Assert.Equal(DenyReason.Invalid, denied.Reason);
        Assert.Contains("Mode is Shared", denied.Detail!, StringComparison.Ordinal);
        Assert.Contains("Upgradeable", denied.Detail!, StringComparison.Ordinal);
        Assert.Same(state, key.State);
    }

    [Fact]
    public void Upgrade_ThatWouldNotWait_IsDeniedAndTheHoldStays()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        var state = key.State;

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.Upgrade(A, 1, TimeSpan.Zero));

        Assert.Same(state, key.State);
        Assert.Equal(AnswerAfter.RecentValidation, key.Last.After);
        key.Release(B);
        Assert.IsType<LockReply.Granted>(key.Upgrade(A, 1, TimeSpan.Zero));
    }

    [Fact]
    public void Upgrade_ByOneThatDoesNotHold_IsToldSo()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.ShareToUpgrade(B);
        var state = key.State;

        Assert.Equal(new LockReply.Denied(DenyReason.NotHeld, 1), key.Upgrade(B, 1));
        Assert.Equal(AnswerAfter.Validation, key.Last.After);
        Assert.Equal(new LockReply.Denied(DenyReason.NotHeld, 1), key.Upgrade(C, 1));
        Assert.Equal(new LockReply.Denied(DenyReason.NotHeld, 1), key.Upgrade(LeaseId.None, 1));
        Assert.Same(state, key.State);
    }

    [Fact]
    public void NewerUpgrade_TakesThePlaceOfAnOlderThatWaits()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Upgrade(A, 1);

        Assert.Equal(new LockReply.Queued(0, 1, 0), key.Upgrade(A, 2));
        Assert.Equal(["upgrade Cancelled"], key.Events);
        var state = key.State;
        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 1));
        Assert.Same(state, key.State);
        key.Release(B);

        Assert.Equal((LockMode.Exclusive, 2), (key.Hold(A).Mode, key.Hold(A).Change));
    }

    [Fact]
    public void Upgrade_RepeatedAfterTheDowngrade_IsOver()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Upgrade(A, 1);
        var token = key.Hold(A).FencingToken;
        key.Downgrade(A, 2, LockMode.Upgradeable);
        var state = key.State;

        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 1));
        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 2));
        Assert.Same(state, key.State);
        Assert.True(Assert.IsType<LockReply.Granted>(key.Upgrade(A, 3)).Lease.FencingToken > token);
    }

    /// <summary>The hold was exclusive by change 1. Whoever is told so by number 3 has given number 2 up, wherever that is.</summary>
    [Fact]
    public void Downgrade_OlderThanAnUpgradeThatWasGrantedAsItWas_ChangesNothing()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Upgrade(A, 1);
        Assert.IsType<LockReply.Granted>(key.Upgrade(A, 3));

        key.Downgrade(A, 2, LockMode.Upgradeable);

        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
        Assert.IsType<LockReply.Queued>(key.Share(B));
    }

    [Fact]
    public void UpgradedHold_IsRenewedReleasedAndVerifiedAsAnyOther()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Upgrade(A, 1);
        var token = key.Hold(A).FencingToken;
        key.Wait(Sec(10));

        var renewed = Assert.IsType<LockReply.Renewed>(key.Renew(A)).Lease;
        Assert.Equal((LockMode.Exclusive, token, key.Now.Monotonic + Sec(3600)), (renewed.Mode, renewed.FencingToken, renewed.ExpiresAt));
        Assert.Equal(token, Assert.IsType<LockReply.Current>(key.Verify(A)).Lease.FencingToken);
        Assert.Equal(new LockReply.Ended(EndReason.Released, token, 1), key.Release(A));
    }

    /// <summary>A hold that is exclusive by change 1, or from the start.</summary>
    private static LockUnderTest Exclusive(bool wasUpgraded)
    {
        var key = new LockUnderTest();
        key.Ask(A, wasUpgraded ? LockMode.Upgradeable : LockMode.Exclusive);
        if (wasUpgraded)
            key.Upgrade(A, 1);
        Assert.Equal((LockMode.Exclusive, wasUpgraded ? 1 : 0), (key.Hold(A).Mode, key.Hold(A).Change));
        return key;
    }
}
