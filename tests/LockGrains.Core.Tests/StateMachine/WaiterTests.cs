using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Waiters that are there, waiters that are not, and how long the lock stands still for them.</summary>
public sealed class WaiterTests
{
    [Fact]
    public void Slice_WhenItEnds_LeavesThePlaceAndSaysNothingOfTheClient()
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false);
        key.Acquire(B);
        var presentUntil = key.State.Queue.First.PresentUntil;
        key.Wait(Sec(10));

        Assert.Equal(new LockReply.Queued(1, 1, 1), key.EndSlice(B));
        Assert.False(key.State.Queue.First.IsAttached(key.Now));
        Assert.Equal(presentUntil, key.State.Queue.First.PresentUntil);
    }

    [Fact]
    public void EndSlice_OfOneThatDoesNotWait_HasNoEffect()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        var state = key.State;

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.EndSlice(A));
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.EndSlice(B));
        Assert.Same(state, key.State);
    }

    [Fact]
    public void Detach_KeepsThePlaceAndForgetsTheGivingUp()
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false);
        key.Acquire(B, wait: Sec(1));
        key.Wait(Sec(0.5));

        Assert.IsType<LockReply.None>(key.Detach(B));
        Assert.False(key.State.Queue.First.IsAttached(key.Now));
        key.Pass(Sec(20) - Instant);
        Assert.Equal(new LockReply.Queued(1, 1, 1), key.EndSlice(B));
    }

    [Fact]
    public void Detach_OfOneThatDoesNotWait_HasNoEffect()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        var state = key.State;

        key.Detach(A);
        key.Detach(B);

        Assert.Same(state, key.State);
        Assert.Equal(AnswerAfter.Decision, key.Last.After);
    }

    [Fact]
    public void FirstWaiter_ThatIsNotThere_IsWaitedForAndThenPassedOver()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);
        key.Detach(B);
        key.Release(A);
        Assert.Null(key.Holder);

        // The lock stands still for it: so the doubt begins as soon as it may, and not with the next sweep.
        key.Pass(Sec(11));
        Assert.Equal(key.Now.Monotonic + Sec(1), key.NextDeadline);
        key.Pass(Sec(1));
        Assert.Equal(key.Now.Monotonic, key.State.DoubtedAt);
        Assert.Equal(key.Now.Monotonic + Sec(8), key.NextDeadline);
        key.Acquire(C);
        key.Pass(Sec(8) - Instant);
        Assert.Null(key.Holder);

        key.Pass(Instant);
        Assert.Equal(C, key.Holder);
        Assert.Equal(["wait Dropped", "granted"], key.Events);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
    }

    [Fact]
    public void FirstWaiter_ThatComesBackInTime_IsGrantedTheLock()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);
        key.Detach(B);
        key.Release(A);
        key.Pass(Sec(20) - Instant);

        Assert.Equal(B, Assert.IsType<LockReply.Granted>(key.Acquire(B)).Lease.LeaseId);
        Assert.Equal([C], key.Waiting);
    }

    [Fact]
    public void WaitersThatStoppedComing_AreDroppedAllAtOnce()
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false, lease: Sec(60));
        for (var number = 0; number < 1000; number++)
            key.Acquire(Of(number));
        key.Pass(Sec(12));
        key.Acquire(B);

        // All of them stand in the way, and are doubted together.
        key.Release(A);
        key.Pass(Sec(8) - Instant);
        Assert.Equal(1001, key.State.Queue.Count);
        key.Pass(Instant);

        Assert.Equal(B, key.Holder);
        Assert.Empty(key.Waiting);
        Assert.Equal(1000, key.Events.Count(name => name == "wait Dropped"));
    }

    [Fact]
    public void WaitersThatStoppedComing_AreSweptEvenWhileTheLockIsHeld()
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false, lease: Sec(60));
        key.Acquire(B);
        key.Acquire(C);
        Assert.Equal(key.Now.Monotonic + Sec(10), key.NextDeadline);
        key.Pass(Sec(10));
        key.Acquire(C);
        Assert.Equal(key.Now.Monotonic + Sec(10), key.NextDeadline);
        key.Pass(Sec(10));
        key.Acquire(C);
        Assert.Equal(key.Now.Monotonic + Sec(8), key.NextDeadline);

        key.Pass(Sec(8));

        Assert.Equal([C], key.Waiting);
        Assert.Equal(key.Now.Monotonic + Sec(10), key.NextDeadline);
    }

    [Fact]
    public void NextDeadline_IsTheFirstThingThatTimeAloneWillChange()
    {
        var key = new LockUnderTest();
        Assert.Equal(TimeSpan.MaxValue, key.NextDeadline);

        key.Acquire(A);
        Assert.Equal(key.Now.Monotonic + Sec(5), key.NextDeadline);

        key.Renew(A);
        Assert.Equal(key.Now.Monotonic + Sec(30), key.NextDeadline);

        key.Acquire(B);
        Assert.Equal(key.Now.Monotonic + Sec(10), key.NextDeadline);

        key.Cancel(B);
        key.Release(A);
        Assert.Equal(TimeSpan.MaxValue, key.NextDeadline);
    }

    [Fact]
    public void Tick_WhenNothingIsDue_ChangesNothing()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        var state = key.State;

        key.Wait(Sec(5) - Instant);
        key.Tick();

        Assert.Same(state, key.State);
        Assert.Equal((AnswerAfter.Decision, false), (key.Last.After, key.Last.Dirty));
        Assert.Empty(key.Last.Events);
    }

    [Fact]
    public void Expiry_AtTheDeadlineAndNotBefore_EndsTheLease()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Wait(Sec(5) - Instant);
        key.Tick();
        Assert.Equal(A, key.Holder);

        key.Wait(Instant);
        key.Tick();
        Assert.Null(key.Holder);
        Assert.Equal(["lease Expired"], key.Events);
        Assert.True(key.Last.Dirty);
        Assert.Equal(TimeSpan.MaxValue, key.NextDeadline);
    }

    [Fact]
    public void EveryCommand_FirstSettlesWhatIsDue()
    {
        LockCommand[] commands =
        [
            new LockCommand.Acquire(new LockRequest(D, "", LockMode.Exclusive, Sec(30), true), TimeSpan.Zero), new LockCommand.Renew(D), new LockCommand.Release(D),
            new LockCommand.Cancel(D), new LockCommand.Verify(D), new LockCommand.Revoke(new FencingToken(1)), new LockCommand.EndSlice(D),
            new LockCommand.Detach(D), new LockCommand.Beat([D]), LockCommand.Tick.Instance,
            new LockCommand.Upgrade(D, 1, Sec(30)), new LockCommand.CancelUpgrade(D, 1), new LockCommand.Downgrade(D, 1, LockMode.Shared),
        ];
        Assert.All(commands, command =>
        {
            var key = new LockUnderTest();
            key.Acquire(A);
            key.Acquire(B);
            key.Wait(Sec(5));

            key.Do(command);

            Assert.Equal(B, key.Holder);
            Assert.Equal(AnswerAfter.Write, key.Last.After);
        });
    }
}
