using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>An upgrade that waits, and all the ways in which its wait ends. Its hold stays, unless that ends itself.</summary>
public sealed class WaitingUpgradeTests
{
    [Fact]
    public void Slice_WhenItEnds_LeavesThePlaceToTheNextCall()
    {
        var key = WithReader();
        key.Wait(Sec(10));
        Assert.Equal(new LockReply.Queued(0, 1, 0), key.EndSlice(A));
        Assert.False(key.State.Upgrade!.IsAttached(key.Now));

        // It is not there to be told: nobody comes in meanwhile, and it has its turn when it comes back.
        key.Release(B);
        Assert.Equal(LockMode.Upgradeable, key.Hold(A).Mode);
        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.TryShare(C));
        Assert.Equal(LockMode.Exclusive, Assert.IsType<LockReply.Granted>(key.Upgrade(A, 1, Sec(20))).Lease.Mode);
    }

    [Fact]
    public void Heartbeats_KeepThePlace()
    {
        var key = WithReader(beats: Sec(6));
        for (var beat = 0; beat < 4; beat++)
        {
            key.Pass(Sec(6));
            Assert.Equal([1, 0], key.Beat(A, B));
        }

        key.Release(B);
        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
    }

    [Fact]
    public void Heartbeat_OfADoubtedUpgrade_GrantsIt()
    {
        var key = WithReader(beats: Sec(6));
        key.Pass(Sec(12));
        key.Release(B);
        Assert.Equal(LockMode.Upgradeable, key.Hold(A).Mode);
        Assert.Equal(key.Now.Monotonic, key.State.DoubtedAt);

        Assert.Equal([1], key.Beat(A));

        Assert.Equal(["changed"], key.Events);
        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
    }

    [Fact]
    public void UpgradeThatStoppedComing_IsDroppedAndTheQueueGoesOn()
    {
        var key = WithReader();
        key.Share(C, beats: Sec(6));
        key.Detach(A);
        for (var beat = 0; beat < 4; beat++)
        {
            key.Pass(Sec(6));
            Assert.Equal([1], key.Beat(C));
        }

        // Doubted at the sweep of the twentieth second, while the reader holds.
        key.Pass(Sec(4) - Instant);
        Assert.NotNull(key.State.Upgrade);
        key.Pass(Instant);

        Assert.Null(key.State.Upgrade);
        Assert.Equal(["upgrade Dropped", "granted"], key.Events);
        Assert.Equal([A, B, C], key.Holders);
        Assert.Equal(LockMode.Upgradeable, key.Hold(A).Mode);
        Assert.Equal(EndReason.None, key.State.Ended.Find(A));
    }

    [Fact]
    public void UpgradeThatStoppedComing_WhileNobodyElseHolds_IsDroppedAfterTheWindow()
    {
        var key = WithReader();
        key.Share(C, beats: Sec(6));
        key.Detach(A);
        key.Release(B);
        for (var beat = 0; beat < 3; beat++)
        {
            key.Pass(Sec(6));
            key.Beat(C);
        }

        Assert.Equal([A], key.Holders);
        Assert.Equal(key.Now.Monotonic + Sec(2), key.NextDeadline);
        key.Pass(Sec(2) - Instant);
        Assert.NotNull(key.State.Upgrade);
        key.Pass(Instant);

        Assert.Equal(["upgrade Dropped", "granted"], key.Events);
        Assert.Equal([A, C], key.Holders);
    }

    [Fact]
    public void Upgrade_WhoseTimeIsOver_LeavesTheHoldAndLetsOthersIn()
    {
        var key = WithReader(wait: Sec(3));
        key.Share(C);
        var token = key.Hold(A).FencingToken;
        key.Wait(Sec(3));

        Assert.Equal(DenyReason.TimedOut, Assert.IsType<LockReply.Denied>(key.EndSlice(A)).Reason);

        Assert.Equal(["upgrade TimedOut", "granted"], key.Events);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
        Assert.Equal((LockMode.Upgradeable, token), (key.Hold(A).Mode, key.Hold(A).FencingToken));
        Assert.Equal([A, B, C], key.Holders);
        Assert.Equal(EndReason.None, key.State.Ended.Find(A));
    }

    [Fact]
    public void Upgrade_ThatTimedOut_TurnsAwayALateCopyAndNotTheNextOne()
    {
        var key = WithReader(wait: Sec(3));
        key.Wait(Sec(3));
        key.EndSlice(A);
        Assert.Equal((AnswerAfter.Write, true), (key.Last.After, key.Last.Dirty));
        key.Release(B);
        var state = key.State;

        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 1));
        Assert.Same(state, key.State);
        key.Restore();
        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 1));
        Assert.IsType<LockReply.Granted>(key.Upgrade(A, 2));
    }

    [Fact]
    public void Upgrade_ThatComesBackNotToWait_IsOver()
    {
        var key = WithReader();

        Assert.Equal(new LockReply.Denied(DenyReason.TimedOut, 0), key.Upgrade(A, 1, TimeSpan.Zero));

        Assert.Null(key.State.Upgrade);
        Assert.Equal(LockMode.Upgradeable, key.Hold(A).Mode);
        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Upgrade(A, 1));
    }

    [Fact]
    public void Upgrade_ThatComesBackNotToWait_IsGrantedIfNobodyIsLeft()
    {
        var key = WithReader();
        key.Detach(A);
        key.Release(B);

        Assert.Equal(LockMode.Exclusive, Assert.IsType<LockReply.Granted>(key.Upgrade(A, 1, TimeSpan.Zero)).Lease.Mode);
    }

    [Theory]
    [InlineData(EndReason.Released)]
    [InlineData(EndReason.Revoked)]
    [InlineData(EndReason.Expired)]
    public void Upgrade_WhoseHoldEnds_EndsWithIt(EndReason reason)
    {
        var key = WithReader(lease: reason == EndReason.Expired ? Sec(5) : null);
        key.Share(C);
        if (reason == EndReason.Released)
            key.Release(A);
        else if (reason == EndReason.Revoked)
            key.Revoke(key.Hold(A).FencingToken);
        else
            key.Pass(Sec(5));

        Assert.Equal([$"upgrade {reason}", $"lease {reason}", "granted"], key.Events);
        Assert.Equal([B, C], key.Holders);
        Assert.Null(key.State.Upgrade);
        Assert.Equal(new LockReply.Denied(DenyReason.NotHeld, 0), key.Upgrade(A, 1));
        Assert.Equal(reason, key.State.Ended.Find(A));
    }

    [Fact]
    public void Upgrade_WhoseHoldIsTheLastOne_EndsWithItAndTheWriterIsNext()
    {
        var key = WithReader();
        key.Acquire(C);
        key.Release(B);
        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
        key.Release(A);

        Assert.Equal(C, key.Holder);
    }

    [Fact]
    public void Renewal_WhileTheUpgradeWaits_ExtendsTheHold()
    {
        var key = WithReader(lease: Sec(5));
        key.Wait(Sec(4));
        key.Renew(A);
        key.Release(B);

        Assert.Equal((LockMode.Exclusive, key.Now.Monotonic + Sec(5)), (key.Hold(A).Mode, key.Hold(A).ExpiresAt));
    }

    /// <summary>The upgrade is not stored: its hold is its place, and its client asks again. Readers may come in before it does.</summary>
    [Fact]
    public void Failover_KeepsTheHoldAndNotTheUpgrade()
    {
        var key = WithReader();
        key.Restore();
        Assert.Null(key.State.Upgrade);
        Assert.Equal(LockMode.Upgradeable, key.Hold(A).Mode);
        Assert.IsType<LockReply.Granted>(key.Share(C));

        Assert.Equal(new LockReply.Queued(0, 1, 0), key.Upgrade(A, 1));
        key.Release(B);
        key.Release(C);
        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
    }

    [Fact]
    public void Failover_AfterTheGrant_KeepsModeTokenAndNumber()
    {
        var key = WithReader();
        key.Release(B);
        var token = key.Hold(A).FencingToken;
        key.Restore();

        Assert.Equal(token, Assert.IsType<LockReply.Granted>(key.Upgrade(A, 1)).Lease.FencingToken);
        Assert.Equal((LockMode.Exclusive, 1), (key.Hold(A).Mode, key.Hold(A).Change));
        Assert.IsType<LockReply.Queued>(key.Share(C));
    }

    /// <summary>An upgradeable hold with a reader beside it, and an upgrade that waits for that.</summary>
    private static LockUnderTest WithReader(TimeSpan? wait = null, TimeSpan? beats = null, TimeSpan? lease = null)
    {
        var key = new LockUnderTest();
        key.Do(new LockCommand.Acquire(new LockRequest(A, "somebody", LockMode.Upgradeable, lease ?? Sec(3600), Renews: false), Forever));
        key.Share(B);
        Assert.Equal(new LockReply.Queued(0, 1, 0), key.Upgrade(A, 1, wait, beats));
        return key;
    }
}
