using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

public sealed class AcquireTests
{
    [Fact]
    public void Acquire_OfAFreeLock_IsGrantedAfterItsWrite()
    {
        var key = new LockUnderTest();

        var lease = Assert.IsType<LockReply.Granted>(key.Acquire(A, owner: "worker 7")).Lease;

        Assert.Equal((A, "worker 7", Sec(30)), (lease.LeaseId, lease.Request.OwnerId, lease.Request.Duration));
        Assert.Equal(AnswerAfter.Write, key.Last.After);
        Assert.True(key.Last.Dirty);
        Assert.Null(Assert.IsType<LockEvent.LeaseGranted>(Assert.Single(key.Last.Events)).Waiter);
    }

    [Fact]
    public void Acquire_OfAHeldLock_WaitsInLine()
    {
        var key = new LockUnderTest();
        key.Acquire(A);

        Assert.Equal(new LockReply.Queued(1, 1, 1), key.Acquire(B));
        Assert.Equal(new LockReply.Queued(2, 2, 2), key.Acquire(C));
        Assert.Equal((AnswerAfter.Decision, false), (key.Last.After, key.Last.Dirty));
        Assert.Equal(A, key.Holder);
    }

    [Fact]
    public void Try_OfAHeldLock_IsDeniedAndLeavesNothing()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        var before = key.State;

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.Try(B));
        Assert.Same(before, key.State);
        Assert.Equal(AnswerAfter.RecentValidation, key.Last.After);

        key.Release(A);
        Assert.IsType<LockReply.Granted>(key.Try(B));
    }

    [Fact]
    public void NoNewPlace_OfAHeldLock_IsBusyAndLeavesNothing()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        var before = key.State;

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), WithoutNewPlace(key, B));
        Assert.Same(before, key.State);
        Assert.Equal(AnswerAfter.RecentValidation, key.Last.After);
    }

    [Fact]
    public void NoNewPlace_OfAFreeLock_IsGranted() => Assert.IsType<LockReply.Granted>(WithoutNewPlace(new LockUnderTest(), A));

    [Fact]
    public void NoNewPlace_OfOneThatHolds_IsTheSameGrant()
    {
        var key = new LockUnderTest();
        var token = Assert.IsType<LockReply.Granted>(key.Acquire(A)).Lease.FencingToken;

        Assert.Equal(token, Assert.IsType<LockReply.Granted>(WithoutNewPlace(key, A)).Lease.FencingToken);
    }

    [Fact]
    public void NoNewPlace_OfOneThatWaits_KeepsItsPlace()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);

        Assert.Equal(new LockReply.Queued(1, 1, 2), WithoutNewPlace(key, B));
        Assert.Equal([B, C], key.Waiting);
    }

    [Fact]
    public void NoNewPlace_OfOneThatIsOver_IsEnded()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Release(A);

        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(WithoutNewPlace(key, A)).Reason);
    }

    [Fact]
    public void Release_WithWaiters_HandsOverToTheOldestInTheSameStep()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);

        Assert.Equal(EndReason.Released, Assert.IsType<LockReply.Ended>(key.Release(A)).Reason);

        Assert.Equal(B, key.Holder);
        Assert.Equal([C], key.Waiting);
        Assert.Equal(["lease Released", "granted"], key.Events);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
    }

    [Fact]
    public void Grants_WithoutCancels_FollowTheOrderOfArrival()
    {
        var key = new LockUnderTest();
        var grants = new List<LeaseId>();
        for (var number = 0; number < 50; number++)
            key.Acquire(Of(number));

        while (key.Holder is { } holder)
        {
            grants.Add(holder);
            key.Release(holder);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(Of), grants);
    }

    [Fact]
    public void Try_WhileOthersWait_DoesNotOvertakeThem()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 1), key.Try(C));
    }

    [Fact]
    public void Try_WhileNobodyHoldsButAWaiterIsExpectedBack_DoesNotOvertakeIt()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Detach(B);
        key.Release(A);
        Assert.Null(key.Holder);

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 1), key.Try(C));
        Assert.Equal(new LockReply.Queued(2, 2, 2), key.Acquire(D));
        Assert.Equal(B, Assert.IsType<LockReply.Granted>(key.Acquire(B)).Lease.LeaseId);
    }

    [Fact]
    public void Wait_WithAnEnd_IsOverAtItsEnd()
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false);
        key.Acquire(B, wait: Sec(3));
        key.Wait(Sec(3));

        Assert.Equal(new LockReply.Denied(DenyReason.TimedOut, 0), key.EndSlice(B));
        Assert.Equal(["wait TimedOut"], key.Events);
        Assert.Equal(new LockReply.Denied(DenyReason.Ended, 0), key.Acquire(B));
    }

    [Fact]
    public void Waiter_ThatComesBackNotToWait_LeavesTheQueue()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);

        Assert.Equal(new LockReply.Denied(DenyReason.TimedOut, 0), key.Try(B));
        Assert.Empty(key.Waiting);
    }

    /// <summary>A copy of a call that comes at the same instant changes nothing, and the waiter is still the one that is next.</summary>
    [Fact]
    public void FirstWaiter_ThatComesBackNotToWait_IsGrantedAFreeLockThoughItsCallCameTwice()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Detach(B);
        key.Detach(B);
        key.Release(A);

        Assert.Equal(B, Assert.IsType<LockReply.Granted>(key.Try(B)).Lease.LeaseId);
    }

    [Fact]
    public void Place_AsOthersLeave_MovesUp()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        for (var number = 1; number <= 10; number++)
            key.Acquire(Of(number));

        key.Cancel(Of(3));
        key.Release(A);
        key.Cancel(Of(7));

        Assert.Equal(new LockReply.Queued(10, 7, 7), key.Acquire(Of(10)));
        Assert.Equal(new LockReply.Queued(2, 1, 7), key.Acquire(Of(2)));
        Assert.Equal([2, 4, 5, 6, 8, 9, 10], key.State.Queue.Waiters.Select(waiter => waiter.Ticket));
        Assert.Equal(0, key.State.Queue.PlaceOf(Of(7)));
    }

    [Fact]
    public void Queue_AtItsLimit_TurnsAwayWithoutChange()
    {
        var key = new LockUnderTest(new LockPolicy { QueueLimit = 2 });
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);

        Assert.Equal(new LockReply.Denied(DenyReason.QueueFull, 2), key.Acquire(D));
        Assert.Equal([B, C], key.Waiting);
        Assert.Equal(new LockReply.Queued(2, 2, 2), key.Acquire(C));

        key.Cancel(B);
        Assert.Equal(new LockReply.Queued(3, 2, 2), key.Acquire(D));
    }

    [Fact]
    public void Queue_AtItsLimit_DropsThoseThatStoppedComing()
    {
        var key = new LockUnderTest(new LockPolicy { QueueLimit = 2, PresenceWindow = Sec(20) });
        key.Acquire(A, renews: false);
        key.Acquire(B);
        key.Acquire(C);
        key.Pass(Sec(10));
        key.Acquire(C);
        key.Pass(Sec(3));

        // It doubts them at once, and not at the next sweep, seven seconds later.
        Assert.Equal(new LockReply.Denied(DenyReason.QueueFull, 2), key.Acquire(D));
        Assert.Equal(key.Now.Monotonic, key.State.DoubtedAt);
        key.Wait(Sec(8) - Instant);
        Assert.Equal(new LockReply.Denied(DenyReason.QueueFull, 2), key.Acquire(D));
        key.Wait(Instant);

        Assert.Equal(new LockReply.Queued(3, 2, 2), key.Acquire(D));
        Assert.Equal([C, D], key.Waiting);
        Assert.Equal(["wait Dropped", "queued"], key.Events);
    }

    [Theory]
    [InlineData(true, 30, 5)]
    [InlineData(false, 30, 30)]
    [InlineData(true, 3, 3)]
    [InlineData(false, 3, 3)]
    [InlineData(true, 5, 5)]
    public void FirstTerm_IsShortOnlyForThoseWhoWillRenew(bool renews, int lease, int expected)
    {
        var key = new LockUnderTest();
        Assert.Equal(Sec(expected), Term(key.Acquire(A, lease: Sec(lease), renews: renews)));

        key.Acquire(B, lease: Sec(lease), renews: renews);
        key.Release(A);
        Assert.Equal(Sec(expected), Term(key.Acquire(B)));

        static TimeSpan Term(LockReply reply) => Assert.IsType<LockReply.Granted>(reply).Lease.Term;
    }

    [Fact]
    public void Slice_AskedForAboveTheBound_IsBounded()
    {
        var key = new LockUnderTest(new LockPolicy { PresenceWindow = Sec(20) });
        key.Acquire(A);
        key.Acquire(B, slice: Sec(60));
        key.Acquire(C, slice: Sec(2));
        key.Acquire(D, wait: Sec(1), slice: Sec(2));

        Assert.Equal([Sec(10), Sec(2), Sec(1)], key.State.Queue.Waiters.Select(waiter => waiter.AttachedUntil - key.Now.Monotonic));
        Assert.Equal([false, false, true], key.State.Queue.Waiters.Select(waiter => waiter.GivesUp));
    }

    // Ready to wait for ever, like all that Acquire makes: the same request but for that.
    private static LockReply WithoutNewPlace(LockUnderTest key, LeaseId leaseId) => key.Do(
        new LockCommand.Acquire(new LockRequest(leaseId, "somebody", LockMode.Exclusive, Sec(30), Renews: true), Forever, Slice: TimeSpan.FromMilliseconds(1)) { NoNewPlace = true });
}
