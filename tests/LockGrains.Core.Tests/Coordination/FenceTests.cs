using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Two activations of one key, both alive: at most one of them is ever right, and the other says nothing false.</summary>
public sealed class FenceTests
{
    [Fact]
    public void Activation_OfAHeldLock_FencesBeforeItAnswers()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A);
        var epoch = world.Record.Epoch;
        var second = world.Activate();
        var gate = second.Store.Hold(StoreOperation.CompareAndSet);

        var verify = second.Verify(A);
        Assert.Equal(1, gate.Arrived);
        Assert.False(verify.IsAnswered);

        world.Open(gate);
        Assert.IsType<LockReply.Current>(verify.Reply);
        Assert.True(second.Observer.LoadedFenced);
        Assert.Equal(epoch + 1, world.Record.Epoch);
    }

    [Fact]
    public void Activation_OfAQueuedLock_FencesToo()
    {
        var world = new LockWorld(new LockPolicy { PresenceWindow = Sec(60) });
        var first = world.Activate();
        first.Acquire(A, renews: false);
        first.Acquire(B, slice: Sec(4));
        first.Acquire(C, slice: Sec(4));
        world.Advance(Sec(11));
        first.Release(A);
        world.Advance(Sec(1));
        Assert.Empty(world.Record.Holders);

        var second = world.Activate();
        second.Verify(A);

        Assert.True(second.Observer.LoadedFenced);
        Assert.Equal(2, second.State.Queue.Count);
    }

    /// <summary>A promise of a moment would begin a lock-delay of its own, which nobody keeps.</summary>
    [Fact]
    public void Activation_OfALeaseThatIsOver_PromisesNoMomentOfIt()
    {
        var world = new LockWorld(new LockPolicy { RestartsMax = 1 });
        var acquire = new LockCommand.Acquire(new LockRequest(A, "somebody", LockMode.Exclusive, Sec(30), Renews: false) { Delay = Sec(20) }, TimeSpan.Zero);
        Assert.True(world.Activate().Execute(acquire).IsGranted);
        world.Activate().Verify(A);
        world.Advance(Sec(40));

        var third = world.Activate();
        var gate = third.Store.Hold(StoreOperation.Load);
        var copy = third.Execute(acquire);
        world.Advance(Sec(1));
        world.Open(gate);

        Assert.Equal((true, TimeSpan.Zero), (copy.IsGranted, copy.Answer.ValidFor));
    }

    [Fact]
    public void Activation_OfAFreeLock_CostsNoFence()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A);
        first.Release(A);
        world.Advance(Sec(1));

        var second = world.Activate();
        second.Verify(A);

        Assert.False(second.Observer.LoadedFenced);
        Assert.Equal(0, second.HeadWrites);
    }

    [Fact]
    public void Fence_ThatMeetsAnotherWrite_Quarantines()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A);
        var second = world.Activate();
        var gate = second.Store.Hold(StoreOperation.CompareAndSet);
        var verify = second.Verify(A);

        first.Renew(A);
        world.Open(gate);

        Assert.True(verify.IsUnknown);
        Assert.Equal(QuarantineReason.Conflict, second.Observer.Quarantine);
        Assert.True(first.Coordinator.IsAlive);
        Assert.IsType<LockReply.Renewed>(first.Renew(A).Reply);
    }

    public static TheoryData<string> Questions => ["acquire", "duplicate", "renew", "verify", "verify other", "cancel other", "revoke", "release then acquire"];

    [Theory]
    [MemberData(nameof(Questions))]
    public void Zombie_AskedAnythingThatCounts_KnowsThatItCannotSay(string question)
    {
        var world = new LockWorld();
        var zombie = world.Activate();
        zombie.Acquire(A);
        var current = world.Activate();
        current.Revoke();
        var holder = current.Acquire(B);
        Assert.True(holder.IsGranted);

        var answer = question switch
        {
            "acquire" => AfterTheLease(world, zombie, current),
            "duplicate" => zombie.Acquire(A),
            "renew" => zombie.Renew(A),
            "verify" => zombie.Verify(A),
            "verify other" => zombie.Verify(B),
            "cancel other" => zombie.Cancel(D),
            "revoke" => zombie.Revoke(),
            _ => ReleaseThenAcquire(zombie),
        };

        Assert.True(answer.IsUnknown, $"The zombie said {answer.Reply}.");
        Assert.Equal(QuarantineReason.Conflict, zombie.Observer.Quarantine);
        Assert.Equal(B, Assert.Single(current.State.Holders).LeaseId);
        Assert.True(current.Coordinator.IsAlive);
    }

    [Fact]
    public void Zombie_WithAnOldProof_DoesNotDeny()
    {
        var world = new LockWorld();
        var zombie = world.Activate();
        zombie.Acquire(A);
        zombie.Renew(A);
        var current = world.Activate();
        current.Revoke();
        Assert.Equal(DenyReason.Busy, zombie.Try(B).DenyReason);

        world.Advance(Sec(2));

        Assert.True(zombie.Try(B).IsUnknown);
    }

    [Fact]
    public void Zombie_WithWaiters_TellsThemAllThatItCannotSay()
    {
        var world = new LockWorld();
        var zombie = world.Activate();
        zombie.Acquire(A);
        Call[] waiting = [zombie.Acquire(B), zombie.Acquire(C)];
        var current = world.Activate();
        current.Verify(A);

        world.Advance(Sec(5));

        Assert.All(waiting, call => Assert.True(call.IsUnknown));
        Assert.False(zombie.Coordinator.IsAlive);
        Assert.True(current.Coordinator.IsAlive);
    }

    [Fact]
    public void Zombie_WithAQueueToWrite_LosesIt()
    {
        var world = new LockWorld();
        var zombie = world.Activate();
        zombie.Acquire(A);
        var lost = zombie.Acquire(B);
        var current = world.Activate();
        current.Acquire(C);
        world.Advance(Sec(1));
        Assert.True(lost.IsUnknown);

        if (!current.Coordinator.IsAlive)
            current = world.Activate();
        current.Acquire(C);
        world.Advance(Sec(1));

        Assert.Equal([C], world.Replace(current).State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void TokensOfTwoActivations_TakingTurns_GrowStrictly()
    {
        var world = new LockWorld();
        var tokens = new List<FencingToken>();
        Activation[] sides = [world.Activate(), world.Activate()];
        for (var turn = 0; turn < 40; turn++)
        {
            var side = turn % 2;
            if (!sides[side].Coordinator.IsAlive)
                sides[side] = world.Activate();
            if (turn % 7 == 0)
                world.JumpWallClock(Sec(turn % 14 == 0 ? -3600 : 60));
            var acquire = sides[side].Acquire(Of(turn), wait: TimeSpan.Zero);
            if (acquire.IsGranted)
                tokens.Add(acquire.Lease.FencingToken);
            sides[side].Release(Of(turn));
            world.Advance(Ms(30));
        }

        Assert.InRange(tokens.Count, 10, 40);
        Assert.Equal(tokens.Order().Distinct(), tokens);
    }

    [Fact]
    public void Activation_ThatFindsNoRecord_StartsAheadOfAllTokensThatMayBeLost()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A);
        first.Release(A);
        world.Advance(Sec(10));
        var lost = first.Acquire(C).Lease.FencingToken;
        first.Kill();
        world.Records.Remove(RecordName.Lock);
        world.JumpWallClock(Sec(-4));

        Assert.True(world.Activate().Acquire(B).Lease.FencingToken > lost);
    }

    [Fact]
    public void Holder_OnAKeyThatMovesOnAndOn_IsNotKeptForEver()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        for (var moves = 0; moves < 6; moves++)
        {
            world.Advance(Sec(29));
            key = world.Replace(key);
            key.Verify(B);
        }

        // Full again three times; from the fourth on the wall clock, which is far beyond its end, bounds it.
        Assert.Empty(key.State.Holders);
    }

    private static Call AfterTheLease(LockWorld world, Activation zombie, Activation current)
    {
        current.Renew(B);
        world.Advance(Sec(5) + Ms(1));
        return zombie.Acquire(C);
    }

    private static Call ReleaseThenAcquire(Activation zombie)
    {
        zombie.Release(A);
        return zombie.Acquire(C);
    }
}
