using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A slot whose ETag was asked for is written only by an activation that was proven, after it asked, to be the current one.</summary>
public sealed class FlushProofTests
{
    [Fact]
    public void Zombie_ThatLearnsTheETagOfItsSuccessorsChunk_DoesNotOverwriteIt()
    {
        var world = new LockWorld();
        var zombie = world.Activate();
        zombie.Acquire(A, renews: false);
        zombie.Acquire(B);
        var gate = zombie.Store.Hold(StoreOperation.Load, RecordName.QueueSlot(0));
        world.Advance(Ms(250));
        Assert.Equal(1, gate.Arrived);

        var current = world.Activate();
        current.Acquire(C);
        current.Acquire(D);
        world.Advance(Sec(1));
        var written = world.Records.Peek(RecordName.QueueSlot(0)).ToArray();
        world.Open(gate);
        world.Advance(Sec(1));

        Assert.Equal(QuarantineReason.Conflict, zombie.Observer.Quarantine);
        Assert.Equal(0, zombie.Store.ChunkWrites);
        Assert.Equal(written, world.Records.Peek(RecordName.QueueSlot(0)).ToArray());
        Assert.Equal([C, D], world.Replace(current).State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void Proof_IsAWriteThatBeginsAfterTheQuestion()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        key.Acquire(B);
        var question = key.Store.Hold(StoreOperation.Load, RecordName.QueueSlot(0));
        world.Advance(Ms(250));
        var write = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        key.Renew(A);
        world.Open(question);
        Assert.Equal(1, write.Arrived);
        Assert.Equal(0, key.Store.ChunkWrites);

        // The write that was on its way already proves nothing; the next one does.
        var next = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        world.Open(write);
        Assert.Equal((1, 0), (next.Arrived, key.Store.ChunkWrites));
        world.Open(next);

        Assert.Equal(1, key.Store.ChunkWrites);
    }

    [Fact]
    public void Question_IsAskedOncePerSlot()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        for (var number = 0; number < 10; number++)
        {
            key.Acquire(Of(number));
            world.Advance(Ms(300));
        }

        Assert.Equal(10, key.Store.ChunkWrites);
        Assert.Equal(1, key.Store.Loads(RecordName.QueueSlot(0)));
    }

    [Fact]
    public void ChunkThatDoesNotFitItsHead_BecauseALiveActivationMovedOn_IsAConflictAndNoBadRecord()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A, renews: false);
        first.Acquire(B);
        world.Advance(Sec(1));
        var second = world.Activate();
        var gate = second.Store.Hold(StoreOperation.Load, RecordName.QueueSlot(0));
        var verify = second.Verify(A);

        first.Renew(A);
        world.Records.Put(RecordName.QueueSlot(0), RecordCodec.Encode(new QueueChunk(7, [])));
        world.Open(gate);

        Assert.True(verify.IsUnknown);
        Assert.Equal(QuarantineReason.Conflict, second.Observer.Quarantine);
    }

    [Fact]
    public void Stop_WhileAFlushWaitsForItsProof_StoresEverything()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var waiting = key.Acquire(B);
        var question = key.Store.Hold(StoreOperation.Load, RecordName.QueueSlot(0));
        world.Advance(Ms(250));
        var stop = key.Stop();
        Assert.False(stop.IsCompleted);

        world.Open(question);

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.Equal(1, waiting.Queued.Place);
        Assert.Equal([B], world.Activate().State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void CancelWhileAFlushWaitsForItsProof_IsNotStoredBeforeItIsSettled()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        key.Acquire(B);
        key.Acquire(C);
        var question = key.Store.Hold(StoreOperation.Load, RecordName.QueueSlot(0));
        world.Advance(Ms(250));
        key.Cancel(C);
        world.Open(question);
        world.Advance(Sec(1));

        Assert.Equal([B], world.Replace(key).State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }
}
