using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>What a new activation makes of a stored lock: late is safe, early is not.</summary>
public sealed class RestoreTests
{
    [Fact]
    public void Lease_Restored_GetsItsTermAgainInFull()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Renew(A);
        key.Wait(Sec(29));

        key.Restore();

        Assert.Equal(key.Now.Monotonic + Sec(30), key.State.Holders[0].ExpiresAt);
        Assert.IsType<LockReply.Current>(key.Verify(A));
    }

    [Fact]
    public void Grant_ThatArrivedAfterAWholeLifeOfTheKey_IsToldToNobody_AndItsLeaseEnds()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Wait(new LockPolicy().CreateWindow * 3);

        key.Restore();

        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(key.Acquire(A)).Reason);
        key.Wait(Sec(5));
        Assert.IsType<LockReply.Granted>(key.Acquire(B));
    }

    [Fact]
    public void Grant_FoundByTheNextActivation_IsToldToWhoAsksAgain()
    {
        var key = new LockUnderTest();
        var token = key.Granted(A);
        key.Wait((new LockPolicy().CreateWindow * 3) - Sec(1));

        key.Restore();

        Assert.Equal(token, key.Granted(A));
    }

    [Fact]
    public void FirstTerm_Restored_IsStillTheShortOne()
    {
        var key = new LockUnderTest();
        key.Acquire(A);

        key.Restore();

        Assert.Equal(key.Now.Monotonic + Sec(5), key.State.Holders[0].ExpiresAt);
    }

    [Fact]
    public void Lease_OfAHolderThatLearnsOfItLate_IsNotCutShortByTheNextTakeOver()
    {
        var key = new LockUnderTest(new LockPolicy { RestartsMax = 3, MaxClockSkew = Sec(5) });
        key.Acquire(A);
        key.Wait(Sec(8));
        for (var restart = 0; restart < 3; restart++)
            key.Restore();
        var promised = Assert.IsType<LockReply.Granted>(key.Acquire(A)).Lease.ExpiresAt;

        key.Restore();

        Assert.True(key.State.Holders[0].ExpiresAt >= promised, "The next activation took away what the one before had promised.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(26)]
    [InlineData(33)]
    public void Promise_AfterTooManyRestarts_IsKeptByAnActivationWhoseClockIsAhead(int secondsLater)
    {
        var key = new LockUnderTest(new LockPolicy { RestartsMax = 1, MaxClockSkew = Sec(5) });
        key.Acquire(A, renews: false);
        key.Restore();
        key.Wait(Sec(secondsLater));
        key.Restore();
        var promised = Assert.IsType<LockReply.Granted>(key.Acquire(A, renews: false)).Lease.PromisedUntil;
        key.JumpWallClock(Sec(5));

        key.Restore();

        Assert.True(key.State.Holders[0].ExpiresAt >= promised, "The next activation took away what the one before had promised.");
    }

    [Fact]
    public void Epoch_GrowsWithEveryActivation()
    {
        var key = new LockUnderTest();
        var epoch = key.State.Epoch;
        key.Restore();
        key.Restore();

        Assert.Equal(epoch + 2, key.State.Epoch);
    }

    [Theory]
    [InlineData(0, 30)]
    [InlineData(20, 15)]
    [InlineData(34, 1)]
    [InlineData(35, 0)]
    [InlineData(3600, 0)]
    public void Lease_RestoredTooOften_IsBoundedByTheWallClock(int secondsLater, int remaining)
    {
        var key = new LockUnderTest(new LockPolicy { RestartsMax = 3, MaxClockSkew = Sec(5) });
        key.Acquire(A, renews: false);
        for (var restart = 0; restart < 3; restart++)
        {
            key.Restore();
            Assert.Equal(key.Now.Monotonic + Sec(30), key.State.Holders[0].ExpiresAt);
        }

        key.Wait(Sec(secondsLater));
        key.Restore();

        Assert.Equal(key.Now.Monotonic + Sec(remaining), key.State.Holders[0].ExpiresAt);
    }

    [Fact]
    public void Lease_RestoredTooOftenUnderAWallClockSetBack_GetsNoMoreThanItsTerm()
    {
        var key = new LockUnderTest(new LockPolicy { RestartsMax = 0 });
        key.Acquire(A, renews: false);
        key.JumpWallClock(Sec(-86_400));

        key.Restore();

        Assert.Equal(key.Now.Monotonic + Sec(30), key.State.Holders[0].ExpiresAt);
    }

    [Fact]
    public void Renewal_AfterRestarts_StartsTheCountAgain()
    {
        var key = new LockUnderTest(new LockPolicy { RestartsMax = 2 });
        key.Acquire(A);
        for (var restart = 0; restart < 10; restart++)
        {
            key.Wait(Sec(4));
            key.Restore();
            Assert.IsType<LockReply.Renewed>(key.Renew(A));
            Assert.Equal(0, key.State.Holders[0].Restarts);
        }
    }

    [Fact]
    public void Waiters_Restored_KeepTheirOrderAndAreWaitedFor()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);
        key.Restore();
        key.Release(A);
        Assert.Null(key.Holder);

        Assert.Equal(new LockReply.Queued(2, 2, 2), key.Acquire(C));
        Assert.Equal(B, Assert.IsType<LockReply.Granted>(key.Acquire(B)).Lease.LeaseId);
    }

    [Fact]
    public void Waiters_ThatDoNotComeBack_AreDroppedAfterTheWindow()
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false, lease: Sec(60));
        key.Acquire(B);
        key.Acquire(C);
        key.Restore();
        Assert.Equal(key.Now.Monotonic + Sec(12), key.NextDeadline);
        key.Pass(Sec(15));
        key.Acquire(C);

        key.Pass(Sec(5) - Instant);
        Assert.Equal([B, C], key.Waiting);
        key.Pass(Instant);
        Assert.Equal([C], key.Waiting);
    }

    [Fact]
    public void Tickets_AfterRestore_AreNeverUsedAgain()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Cancel(B);
        key.Restore();

        Assert.Equal(new LockReply.Queued(2, 1, 1), key.Acquire(C));
    }

    [Fact]
    public void EmptyLock_Restored_HasNoDeadline()
    {
        var key = new LockUnderTest();
        var token = key.Granted(A);
        key.Release(A);
        key.Restore();

        Assert.Equal(TimeSpan.MaxValue, key.NextDeadline);
        Assert.True(key.Granted(B) > token);
    }

    [Fact]
    public void QueueAboveALoweredLimit_IsKeptAndServed()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        for (var number = 0; number < 5; number++)
            key.Acquire(Of(number));
        var lowered = new LockUnderTest(new LockPolicy { QueueLimit = 2 }) { State = key.State };

        Assert.Equal(new LockReply.Denied(DenyReason.QueueFull, 5), lowered.Acquire(B));
        lowered.Release(A);
        Assert.Equal(Of(0), lowered.Holder);
    }
}
