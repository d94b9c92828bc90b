using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>What arrived in time counts as in time, however long a slow write kept it from being heard.</summary>
public sealed class InTimeTests
{
    [Fact]
    public void Waiter_ThatComesBackInTimeDuringASlowWrite_KeepsItsPlace()
    {
        var policy = new LockPolicy { PresenceWindow = Sec(2), QueueWriteDelay = Ms(100) };
        var world = new LockWorld(policy);
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var waiting = key.Acquire(B);
        world.Advance(Sec(1));
        Assert.Equal(1, waiting.Queued.Place);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        key.Renew(A);
        world.Advance(Ms(500));
        var back = key.Acquire(B);
        world.Advance(Sec(4));

        world.Open(gate);
        key.Release(A);

        Assert.False(back.IsAnswered && back.Reply is LockReply.Denied, "It was dropped although it had come back in time.");
        Assert.Equal([B], key.State.Queue.Waiters.Select(waiter => waiter.LeaseId).Concat(key.State.Holders.Select(lease => lease.LeaseId)));
    }

    [Fact]
    public void Renewal_ThatArrivesInTimeDuringASlowWrite_Renews()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(6));
        world.Advance(Sec(5));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        key.Revoke(new FencingToken(1));
        var first = key.Renew(A);
        world.Advance(Ms(500));
        var second = key.Renew(A);
        world.Advance(Sec(3));

        world.Open(gate);

        Assert.IsType<LockReply.Renewed>(first.Reply);
        Assert.IsType<LockReply.Renewed>(second.Reply);
    }
}
