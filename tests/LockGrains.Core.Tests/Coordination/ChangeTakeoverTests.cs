using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A key that moves to a new activation while a hold is being changed: what stays, and what is asked again.</summary>
public sealed class ChangeTakeoverTests
{
    [Fact]
    public void Stop_WhileAnUpgradeWaits_TellsItsPlaceAndTheNextActivationGrantsIt()
    {
        var (world, first) = LockWorld.WithReader();
        var upgrade = first.Upgrade(A, 1);

        var stop = first.Stop();

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.Equal((0L, 1), (upgrade.Queued.Ticket, upgrade.Queued.Place));
        var second = world.Activate();
        Assert.Null(second.State.Upgrade);
        var again = second.Upgrade(A, 1);
        Assert.False(again.IsAnswered);
        second.Release(B);
        Assert.True(again.IsGranted);
    }

    [Fact]
    public void Takeover_WhileAnUpgradeWaits_KeepsTheHoldAndReadersMayComeInBeforeItAsksAgain()
    {
        var (world, first) = LockWorld.WithReader();
        var lost = first.Upgrade(A, 1);
        var second = world.Replace(first);
        Assert.Equal([A, B], second.Holders);
        Assert.Equal(LockMode.Upgradeable, second.Hold(A).Mode);
        Assert.True(second.Share(C).IsGranted);

        var again = second.Upgrade(A, 1);
        second.Release(B);
        Assert.False(again.IsAnswered);
        second.Release(C);

        Assert.Equal((LockMode.Exclusive, 1), (again.Lease.Mode, again.Lease.Change));
        Assert.False(lost.IsAnswered);
    }

    [Fact]
    public void Takeover_AfterChanges_KeepsTheirNumberSoThatLateCopiesChangeNothing()
    {
        var (world, first) = LockWorld.WithReader();
        first.Release(B);
        first.Upgrade(A, 1);
        first.Downgrade(A, 2, LockMode.Upgradeable);
        world.Advance(world.Policy.ReleaseWriteDelay);
        var second = world.Replace(first);

        Assert.Equal((LockMode.Upgradeable, 2), (second.Hold(A).Mode, second.Hold(A).Change));
        Assert.Equal(DenyReason.Ended, second.Upgrade(A, 1).DenyReason);
        Assert.Equal(LockMode.Upgradeable, second.CancelUpgrade(A, 1).Changed.Mode);
        Assert.Equal(LockMode.Exclusive, second.Upgrade(A, 3).Lease.Mode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Upgrade_WhoseWriteIsUnknown_IsOneChangeWhenItIsAskedAgain(bool isApplied)
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.ShareToUpgrade(A);
        first.Store.FailNext(isApplied ? StoreFault.ApplyThenFail : StoreFault.FailBefore, StoreOperation.CompareAndSet);
        Assert.True(first.Upgrade(A, 1).IsUnknown);
        var stored = world.Record.Holders[0];

        var second = world.Activate();
        var again = second.Upgrade(A, 1).Lease;

        Assert.Equal((LockMode.Exclusive, 1), (again.Mode, again.Change));
        Assert.Equal(isApplied, again.FencingToken == stored.FencingToken);
        Assert.Equal(isApplied ? 0 : 1, second.Observer.Events.OfType<LockEvent.HoldChanged>().Count());
    }

    [Fact]
    public void WaitingUpgrade_WhoseGrantIsNotWritten_IsToldUnknown()
    {
        var (world, first) = LockWorld.WithReader();
        var upgrade = first.Upgrade(A, 1);
        first.Store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndSet);

        Assert.True(first.Release(B).IsUnknown);

        Assert.True(upgrade.IsUnknown);
        Assert.Equal([A, B], world.Record.Holders.Select(lease => lease.LeaseId));
        Assert.DoesNotContain(first.Observer.Events, lockEvent => lockEvent is LockEvent.HoldChanged);
    }

    /// <summary>"You do not hold it" makes its client stop, so a forgotten activation must not say it.</summary>
    [Fact]
    public void ForgottenActivation_IsNotToBeBelievedAboutAHold()
    {
        var world = new LockWorld();
        var forgotten = world.Activate();
        forgotten.ShareToUpgrade(A);
        forgotten.Release(A);
        world.Advance(Sec(1));
        var current = world.Activate();
        Assert.True(current.ShareToUpgrade(B).IsGranted);

        Assert.True(forgotten.Upgrade(B, 1).IsUnknown);
    }

    [Fact]
    public void ForgottenActivation_GrantsNoUpgradeBesideReadersOfTheCurrentOne()
    {
        var world = new LockWorld();
        var forgotten = world.Activate();
        forgotten.ShareToUpgrade(A);
        var current = world.Activate();
        Assert.True(current.Share(B).IsGranted);

        Assert.True(forgotten.Upgrade(A, 1).IsUnknown);

        Assert.False(current.Upgrade(A, 1).IsAnswered);
        Assert.Equal([A, B], current.Holders);
    }

    [Fact]
    public void Takeover_OfPermits_KeepsTheirNumbersAndGivesTheFreeOnes()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Share(A, permits: 2, limit: 4);
        first.Share(B, limit: 4);
        first.Release(A);
        world.Advance(world.Policy.ReleaseWriteDelay);

        var second = world.Replace(first);

        Assert.Equal([2], second.Hold(B).Numbers.AsEnumerable());
        Assert.Equal([0, 1, 3], second.Share(C, permits: 3, limit: 4).Lease.Numbers.AsEnumerable());
    }

    [Fact]
    public void Takeover_OfAQueueOfAllKinds_KeepsWhatEachWaitsFor()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A, renews: false, lease: Sec(600));
        first.Share(B, permits: 2, limit: 3);
        first.ShareToUpgrade(C);
        first.Acquire(D);
        world.Advance(Sec(1));

        var second = world.Replace(first);

        Assert.Equal(
            [(B, LockMode.Shared, 2, 3), (C, LockMode.Upgradeable, 1, 0), (D, LockMode.Exclusive, 1, 0)],
            second.State.Queue.Waiters.Select(waiter => (waiter.LeaseId, waiter.Request.Mode, waiter.Request.Permits, waiter.Request.Limit)));
        Call[] calls = [second.Share(B, permits: 2, limit: 3), second.ShareToUpgrade(C), second.Acquire(D)];
        second.Release(A);
        Assert.Equal([true, true, false], calls.Select(call => call.IsGranted));
    }
}
