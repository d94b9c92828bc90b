using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Calls that wait for an upgrade: their slices, their copies, callers that go away, and all that may happen in one batch.</summary>
public sealed class UpgradeCallTests
{
    [Fact]
    public void Upgrade_ThatWaitsOverSlices_IsToldPlaceOneAndThenItsGrantWhenThatIsWritten()
    {
        var (world, key) = LockWorld.WithReader();
        var token = key.Hold(A).FencingToken;
        var writes = key.HeadWrites;
        var first = key.Upgrade(A, 1);
        world.Advance(Sec(10) - Instant);
        Assert.False(first.IsAnswered);
        world.Advance(Instant);
        Assert.Equal((1, 0), (first.Queued.Place, first.Queued.QueueLength));

        var second = key.Upgrade(A, 1, Sec(50));
        Assert.Equal((writes, 0), (key.HeadWrites, key.Store.ChunkWrites));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        var release = key.Release(B);
        Assert.Equal((1, false, false), (gate.Arrived, second.IsAnswered, release.IsAnswered));

        world.Open(gate);
        Assert.Equal((LockMode.Exclusive, 1), (second.Lease.Mode, second.Lease.Change));
        Assert.True(second.Lease.FencingToken > token);
        Assert.Equal((A, LockMode.Exclusive), (Assert.Single(world.Record.Holders).LeaseId, world.Record.Holders[0].Mode));
        Assert.Equal((writes + 1, 0), (key.HeadWrites, key.Store.ChunkWrites));
        Assert.Equal(1, key.Observer.Events.Count(lockEvent => lockEvent is LockEvent.HoldChanged { Waiter: not null }));
    }

    [Fact]
    public void Upgrade_ThatIsGranted_IsToldHowLongItsLeaseIsStillGood()
    {
        var (world, key) = LockWorld.WithReader();
        var upgrade = key.Upgrade(A, 1);
        world.Advance(Sec(5));
        key.Release(B);

        // From the arrival of the call, which was when the lease began.
        Assert.Equal(Sec(3600), upgrade.Answer.ValidFor);
    }

    [Fact]
    public void CallThatIsCancelled_KeepsThePlaceAndTheNextOneIsGranted()
    {
        var (world, key) = LockWorld.WithReader();
        using var cancellation = new CancellationTokenSource();
        var gone = key.Upgrade(A, 1, cancellationToken: cancellation.Token);
        world.Advance(Sec(1));

        world.Cancel(cancellation);
        Assert.True(gone.IsCancelled);
        key.Release(B);
        Assert.Equal(LockMode.Upgradeable, key.Hold(A).Mode);
        Assert.Equal(DenyReason.Busy, key.Share(C, wait: TimeSpan.Zero).DenyReason);

        Assert.Equal(LockMode.Exclusive, key.Upgrade(A, 1).Lease.Mode);
    }

    [Fact]
    public void CallThatIsCancelledForGood_LetsTheQueueGoOnAfterTheWindow()
    {
        var (world, key) = LockWorld.WithReader();
        using var cancellation = new CancellationTokenSource();
        key.Upgrade(A, 1, cancellationToken: cancellation.Token);
        var reader = key.Share(C, beats: Sec(6));
        world.Cancel(cancellation);
        key.Release(B);

        world.Beat(key, C, times: 3);
        world.Advance(Sec(2) - Instant);
        Assert.False(reader.IsAnswered);
        world.Advance(Instant);

        Assert.True(reader.IsGranted);
        Assert.Equal(LockMode.Upgradeable, key.Hold(A).Mode);
    }

    [Fact]
    public void CallThatIsCancelledBeforeItWaits_LeavesNoUpgradeBehind()
    {
        var (world, key) = LockWorld.WithReader();
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(B);
        using var cancellation = new CancellationTokenSource();
        var gone = key.Upgrade(A, 1, cancellationToken: cancellation.Token);

        world.Cancel(cancellation);
        Assert.True(gone.IsCancelled);
        world.Open(gate);

        Assert.Null(key.State.Upgrade);
        Assert.True(key.Share(C).IsGranted);
    }

    [Fact]
    public void SecondCall_OfTheSameUpgrade_TakesThePlaceOfTheFirst()
    {
        var (world, key) = LockWorld.WithReader();
        var first = key.Upgrade(A, 1);
        world.Advance(Sec(1));
        var second = key.Upgrade(A, 1);
        Assert.True(first.IsUnknown);

        key.Release(B);

        Assert.True(second.IsGranted);
    }

    [Fact]
    public void NewerUpgrade_EndsTheCallOfTheOlder()
    {
        var (_, key) = LockWorld.WithReader();
        var older = key.Upgrade(A, 1);
        var newer = key.Upgrade(A, 2);
        Assert.Equal(DenyReason.Ended, older.DenyReason);
        Assert.False(newer.IsAnswered);

        key.Release(B);

        Assert.Equal((LockMode.Exclusive, 2), (newer.Lease.Mode, newer.Lease.Change));
    }

    [Fact]
    public void Wait_WhenItIsOver_IsToldWhenThatIsWrittenAndLeavesTheHold()
    {
        var (world, key) = LockWorld.WithReader();
        var upgrade = key.Upgrade(A, 1, Sec(3));
        var reader = key.Share(C);
        world.Advance(Sec(2));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        world.Advance(Sec(1));
        Assert.Equal((1, false, false), (gate.Arrived, upgrade.IsAnswered, reader.IsAnswered));

        world.Open(gate);

        Assert.Equal(DenyReason.TimedOut, upgrade.DenyReason);
        Assert.True(reader.IsGranted);
        var stored = world.Record.Holders.Single(lease => lease.LeaseId == A);
        Assert.Equal((LockMode.Upgradeable, 1), (stored.Mode, stored.Change));
        Assert.Equal(DenyReason.Ended, world.Replace(key).Upgrade(A, 1).DenyReason);
    }

    [Fact]
    public void Heartbeats_OfAnUpgradeThatWaits_AreToldPlaceOne()
    {
        var (world, key) = LockWorld.WithReader();
        var upgrade = key.Upgrade(A, 1, beats: Sec(6));
        for (var beat = 0; beat < 5; beat++)
        {
            world.Advance(Sec(6));
            Assert.Equal([1], key.Beat(A).Places);
        }

        Assert.False(upgrade.IsAnswered);
        key.Release(B);
        Assert.True(upgrade.IsGranted);
    }

    [Fact]
    public void CancelOfAnUpgrade_EndsItsCallAndLetsOthersIn()
    {
        var (world, key) = LockWorld.WithReader();
        var upgrade = key.Upgrade(A, 1);
        var reader = key.Share(C);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        var cancel = key.CancelUpgrade(A, 1);
        Assert.Equal((false, false, false), (upgrade.IsAnswered, reader.IsAnswered, cancel.IsAnswered));

        world.Open(gate);

        Assert.Equal(DenyReason.Ended, upgrade.DenyReason);
        Assert.Equal(LockMode.Upgradeable, cancel.Changed.Mode);
        Assert.True(reader.IsGranted);
    }

    [Fact]
    public void Upgrade_WhoseHoldIsReleased_IsOverAndThenNotHeld()
    {
        var (_, key) = LockWorld.WithReader();
        var upgrade = key.Upgrade(A, 1);

        Assert.Equal(EndReason.Released, key.Release(A).Ended);

        Assert.Equal(DenyReason.Ended, upgrade.DenyReason);
        Assert.Equal(DenyReason.NotHeld, key.Upgrade(A, 1).DenyReason);
    }

    [Fact]
    public void Upgrade_WhoseHoldRunsOut_IsOverAndThenNotHeld()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Share(B);
        key.Execute(new LockCommand.Acquire(new LockRequest(A, "somebody", LockMode.Upgradeable, Sec(30), Renews: true), Forever));
        var upgrade = key.Upgrade(A, 1);
        world.Advance(Sec(5));

        Assert.Equal(DenyReason.Ended, upgrade.DenyReason);
        Assert.Equal(DenyReason.NotHeld, key.Upgrade(A, 1).DenyReason);
        Assert.Equal([B], key.Holders);
    }

    [Fact]
    public void Downgrade_WhileTheUpgradeWaits_EndsItsCall()
    {
        var (_, key) = LockWorld.WithReader();
        var upgrade = key.Upgrade(A, 1);

        Assert.Equal(LockMode.Shared, key.Downgrade(A, 2).Changed.Mode);

        Assert.Equal(DenyReason.Ended, upgrade.DenyReason);
    }

    [Fact]
    public void UpgradeAndRelease_InOneBatch_GrantTheUpgradeWithOneWrite()
    {
        var (world, key) = Gathering(out var gate);
        var writes = key.HeadWrites;
        var (upgrade, release) = (key.Upgrade(A, 1), key.Release(B));
        world.Open(gate);

        Assert.Equal((LockMode.Exclusive, 1), (upgrade.Lease.Mode, upgrade.Lease.Change));
        Assert.Equal(EndReason.Released, release.Ended);
        Assert.Equal(writes + 1, key.HeadWrites);
    }

    [Fact]
    public void UpgradeReleaseAndDowngrade_InOneBatch_TellTheUpgradeThatItIsOver()
    {
        var (world, key) = Gathering(out var gate);
        var (upgrade, release, downgrade) = (key.Upgrade(A, 1), key.Release(B), key.Downgrade(A, 2, LockMode.Upgradeable));
        world.Open(gate);

        Assert.Equal(DenyReason.Ended, upgrade.DenyReason);
        Assert.Equal(EndReason.Released, release.Ended);
        Assert.Equal((LockMode.Upgradeable, 2), (downgrade.Changed.Mode, downgrade.Changed.Change));
        Assert.Null(key.State.Upgrade);
    }

    [Fact]
    public void UpgradeAndItsCancel_InOneBatch_LeaveTheHoldAsItWas()
    {
        var (world, key) = Gathering(out var gate);
        var (upgrade, cancel) = (key.Upgrade(A, 1), key.CancelUpgrade(A, 1));
        world.Open(gate);

        Assert.Equal(DenyReason.Ended, upgrade.DenyReason);
        Assert.Equal(LockMode.Upgradeable, cancel.Changed.Mode);
        Assert.Null(key.State.Upgrade);
        Assert.True(key.Share(C).IsGranted);
    }

    [Fact]
    public void TwoUpgrades_InOneBatch_EndTheOlderAndKeepTheNewer()
    {
        var (world, key) = Gathering(out var gate);
        var (older, newer) = (key.Upgrade(A, 1), key.Upgrade(A, 2));
        world.Open(gate);
        Assert.Equal(DenyReason.Ended, older.DenyReason);
        Assert.False(newer.IsAnswered);

        key.Release(B);

        Assert.Equal(2, newer.Lease.Change);
    }

    [Fact]
    public void CopiesOfOneUpgrade_AtOneTime_GetOneGrantAndOneToken()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.ShareToUpgrade(A);
        Call[] copies = [];

        world.Together(() => copies = [key.Upgrade(A, 1), key.Upgrade(A, 1), key.Upgrade(A, 1)]);

        Assert.Single(copies.Select(copy => copy.Lease.FencingToken).Distinct());
        Assert.Single(key.Observer.Events.OfType<LockEvent.HoldChanged>());
    }

    [Fact]
    public void UpgradeAndTheReleaseOfItsHold_InOneBatch_AreBothAnswered()
    {
        var (world, key) = Gathering(out var gate);
        var (upgrade, release) = (key.Upgrade(A, 1), key.Release(A));
        world.Open(gate);

        Assert.Equal(DenyReason.Ended, upgrade.DenyReason);
        Assert.Equal(EndReason.Released, release.Ended);
        Assert.Equal([B], key.Holders);
    }

    /// <summary>A write is on its way, so that what comes now is decided together.</summary>
    private static (LockWorld World, Activation Key) Gathering(out StoreGate gate)
    {
        var (world, key) = LockWorld.WithReader();
        gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(B);
        return (world, key);
    }
}
