using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>The one timer, beside those of storage operations under way: for liveness only, and quiet unless something is due by itself.</summary>
public sealed class TimerTests
{
    [Fact]
    public void Lease_ThatNobodyRenews_IsHandedOverWithNobodyCalling()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var next = key.Acquire(B);

        world.Advance(Sec(5) - Instant);
        Assert.False(next.IsAnswered);
        world.Advance(Instant);

        Assert.True(next.IsGranted);
    }

    [Fact]
    public void Lease_ThatNobodyWaitsFor_ExpiresInTheRecordToo()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);

        world.Advance(Sec(5) + Ms(20));

        Assert.Empty(world.Record.Holders);
    }

    [Fact]
    public void LongLease_BeyondTheLongestTimer_StillEndsInTime()
    {
        var world = new LockWorld(new LockPolicy { LeaseMax = TimeSpan.FromDays(30), PresenceWindow = Sec(120) });
        var key = world.Activate();
        for (var number = 0; number < 3; number++)
        {
            Assert.True(key.Acquire(Of(number), renews: false, lease: TimeSpan.FromDays(30)).IsGranted);
            world.Advance(TimeSpan.FromDays(30) - Instant);
            Assert.Equal(DenyReason.Busy, key.Try(B).DenyReason);
            world.Advance(Instant);
        }

        Assert.Empty(key.State.Holders);
    }

    [Fact]
    public void Coordinator_WhateverHappens_HasOneTimer()
    {
        // An operation that is not done at once has a timer of its own, for as long as it takes.
        var world = new LockWorld { Records = { CompletesAtOnce = true } };
        var key = world.Activate();
        for (var number = 0; number < 50; number++)
        {
            key.Acquire(Of(number), slice: Ms(100 + number));
            world.Advance(Ms(37));
            Assert.InRange(world.ArmedTimers, 0, 1);
            if (number % 5 == 0)
                key.Renew(Of(0));
        }

        // What is armed is for the time when the key is to be forgotten.
        world.Advance(Sec(60));
        Assert.Equal(1, world.Time.TimersMade);
        Assert.Equal(1, world.ArmedTimers);

        world.Advance(world.Policy.ForgetAfter);
        Assert.Equal(0, world.ArmedTimers);
    }

    [Fact]
    public void Timer_OfALeaseThatIsRenewedInTime_DoesNotFireForEveryRenewal()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        for (var renewal = 0; renewal < 1000; renewal++)
        {
            world.Advance(Ms(100));
            key.Renew(A);
        }

        // Once in a lease at most; not once per renewal.
        Assert.InRange(world.Time.Firings, 1, 25);
        Assert.Equal(A, Assert.Single(key.State.Holders).LeaseId);
    }

    [Fact]
    public void Timer_WhileTheStoreIsSlow_WaitsForTheStore()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Acquire(B, slice: Sec(5));
        world.Advance(Sec(4));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        world.Advance(Sec(1));
        var firings = world.Time.Firings;

        world.Advance(Sec(5) - Instant);

        Assert.InRange(world.Time.Firings - firings, 0, 1);
        Assert.Equal(1, gate.Arrived);
        Assert.True(key.Coordinator.IsAlive);
    }

    [Fact]
    public void Deadlines_ThatPassDuringAWrite_AreMetAfterIt()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var waiting = key.Acquire(B, wait: Sec(6));
        world.Advance(Sec(4));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        world.Advance(Sec(4));
        Assert.False(waiting.IsAnswered);

        world.Open(gate);

        Assert.Equal(DenyReason.TimedOut, waiting.DenyReason);
    }

    [Fact]
    public void WallClock_HoweverItJumps_EndsNoLease()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        world.JumpWallClock(TimeSpan.FromDays(365));
        Assert.IsType<LockReply.Current>(key.Verify(A).Reply);
        world.JumpWallClock(TimeSpan.FromDays(-730));

        world.Advance(Sec(30) - Instant);
        Assert.IsType<LockReply.Current>(key.Verify(A).Reply);
        world.Advance(Instant);
        Assert.Equal(EndReason.Expired, key.Verify(A).NotHeld);
    }

    [Fact]
    public void Timer_DoesNotCarryTheContextOfTheCallThatMadeIt()
    {
        var world = new LockWorld();
        var key = world.Activate();
        var local = new AsyncLocal<string?> { Value = "the caller's" };
        var seen = "nothing";
        key.Observer.OnEventHook = lockEvent => seen = lockEvent is LockEvent.LeaseEnded ? local.Value : seen;
        key.Acquire(A);
        local.Value = null;

        world.Advance(Sec(5));

        Assert.Null(seen);
    }
}
