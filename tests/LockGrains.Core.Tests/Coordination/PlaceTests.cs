using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A place in the queue is told when it is durable, and then kept through every crash.</summary>
public sealed class PlaceTests
{
    private static readonly LockPolicy LazyQueue = new() { QueueWriteDelay = Sec(5), PresenceWindow = Sec(2) };

    [Fact]
    public void Place_WhileItsChunkIsBeingWritten_IsNotTold()
    {
        var world = new LockWorld(LazyQueue);
        var key = world.Activate();
        key.Acquire(A);
        var waiting = key.Acquire(B);
        var gate = key.Store.HoldChunkWrites();

        world.Advance(Sec(1));
        Assert.Equal(1, gate.Arrived);
        Assert.False(waiting.IsAnswered);

        world.Open(gate);
        Assert.Equal((1, 1), (waiting.Queued.Place, waiting.Queued.QueueLength));
    }

    [Fact]
    public void Place_WhileTheHeadThatConfirmsItIsBeingWritten_IsNotTold()
    {
        var world = new LockWorld(LazyQueue);
        var key = world.Activate();
        key.Acquire(A);
        key.Acquire(B);
        world.Advance(Sec(1));
        var waiting = key.Acquire(C);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);

        world.Advance(Sec(1));
        Assert.Equal(2, key.Store.ChunkWrites);
        Assert.False(waiting.IsAnswered);

        world.Open(gate);
        Assert.Equal(2, waiting.Queued.Place);
    }

    [Fact]
    public void Place_ThatIsNotDurable_IsNotToldToAHeartbeatEither()
    {
        var world = new LockWorld(LazyQueue with { PresenceWindow = Sec(20) });
        var key = world.Activate();
        key.Acquire(A, renews: false);
        key.Acquire(B, beats: Sec(6));
        world.Advance(Sec(6));
        key.Acquire(C, beats: Sec(6));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);

        // The chunk is written, and the lock record that confirms it is not.
        world.Advance(Sec(5));
        Assert.Equal(2, key.Store.ChunkWrites);
        var early = key.Beat(B, C, D);
        world.Open(gate);
        world.Advance(Sec(1));

        Assert.Equal([1, 0, 0], early.Places);
        Assert.Equal([true, true, false], Assert.IsType<LockReply.Heard>(early.Reply).Places.Select(place => place.Ticket > 0));
        Assert.Equal([1, 2, 0], key.Beat(B, C, D).Places);
    }

    [Fact]
    public void Places_OnceTold_SurviveACrash()
    {
        var world = new LockWorld(LazyQueue);
        var first = world.Activate();
        first.Acquire(A);
        Call[] waiting = [first.Acquire(B), first.Acquire(C), first.Acquire(D)];
        world.Advance(Sec(1));
        Assert.Equal([1, 2, 3], waiting.Select(call => call.Queued.Place));

        var second = world.Replace(first);
        // They come back in another order, and D first.
        var (d, c, b) = (second.Acquire(D), second.Acquire(C), second.Acquire(B));

        second.Release(A);
        Assert.True(b.IsGranted);
        second.Release(B);
        Assert.True(c.IsGranted);
        second.Release(C);
        Assert.True(d.IsGranted);
    }

    [Fact]
    public void Waiter_AfterACrash_IsWaitedForThroughTheWindow()
    {
        var world = new LockWorld(LazyQueue with { PresenceWindow = Sec(10) });
        var first = world.Activate();
        first.Acquire(A);
        first.Acquire(B, slice: Sec(1));
        first.Acquire(C, slice: Sec(1));
        world.Advance(Sec(1));

        var second = world.Replace(first);
        second.Release(A);
        world.Advance(Ms(500));
        var c = second.Acquire(C, slice: Sec(1));
        Assert.False(c.IsAnswered);
        world.Advance(Sec(1));
        Assert.Equal(2, c.Queued.Place);

        for (var slice = 1; slice < 9; slice++)
        {
            c = second.Acquire(C, slice: Sec(1));
            world.Advance(Sec(1));
            Assert.Equal(2, c.Queued.Place);
        }

        c = second.Acquire(C, slice: Sec(1));
        world.Advance(Ms(500) - Instant);
        Assert.False(c.IsAnswered);
        world.Advance(Instant);
        Assert.True(c.IsGranted);
    }

    [Fact]
    public void Waiters_ThatWereNeverWritten_ComeBackAsNewOnes()
    {
        var world = new LockWorld(LazyQueue);
        var first = world.Activate();
        first.Acquire(A);
        first.Acquire(B);

        var second = world.Replace(first);
        second.Acquire(C);
        var b = second.Acquire(B);

        world.Advance(Sec(1));
        Assert.Equal(2, b.Queued.Place);
    }

    [Fact]
    public void Cancel_WhileTheChunkIsBeingWritten_LeavesNoGhostBehind()
    {
        var world = new LockWorld(LazyQueue with { QueueWriteDelay = Ms(250), PresenceWindow = Sec(20) });
        var first = world.Activate();
        first.Acquire(A, renews: false);
        first.Acquire(B);
        first.Acquire(C);
        first.Acquire(D);
        var gate = first.Store.HoldChunkWrites();
        world.Advance(Ms(250));
        Assert.Equal(1, gate.Arrived);

        first.Cancel(C);
        world.Open(gate);
        world.Advance(Sec(1));

        var second = world.Replace(first);
        Assert.Equal([B, D], second.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void Cancel_OfAStoredWaiter_IsSettledBeforeItLeavesItsChunk()
    {
        var world = new LockWorld(LazyQueue with { QueueWriteDelay = Ms(250) });
        var key = world.Activate();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);
        world.Advance(Ms(300));
        var (heads, chunks) = (key.HeadWrites, key.Store.ChunkWrites);

        Assert.Equal(EndReason.Cancelled, key.Cancel(B).Ended);

        // The lock record says so first: it alone carries the compare-and-set that an activation which lost the key cannot pass.
        Assert.Equal((heads + 1, chunks), (key.HeadWrites, key.Store.ChunkWrites));
        var gate = key.Store.HoldChunkWrites();
        world.Advance(Ms(250));

        Assert.Equal(1, gate.Arrived);
        Assert.Equal(heads + 1, key.HeadWrites);
        Assert.Equal(2, world.Record.FirstTicket);
        world.Open(gate);
    }

    [Fact]
    public void Places_UnderAStreamOfCancels_AreStillTold()
    {
        var world = new LockWorld(LazyQueue with { QueueWriteDelay = Ms(250), PresenceWindow = Sec(20) });
        var key = world.Activate();
        key.Acquire(A, renews: false);
        for (var number = 100; number < 200; number++)
            key.Acquire(Of(number));
        world.Advance(Ms(300));
        var waiting = key.Acquire(B, slice: Sec(1));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        key.Renew(A);
        world.Advance(Sec(1));

        // From now on there is a cancel in every batch that is written.
        for (var cancelled = 100; cancelled < 130 && !waiting.IsAnswered; cancelled++)
        {
            key.Renew(A);
            key.Cancel(Of(cancelled));
            var next = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
            world.Open(gate);
            gate = next;
        }

        Assert.True(waiting.IsAnswered);
        Assert.InRange(waiting.Queued.Place, 1, 100);
    }

    [Fact]
    public void RemovalsWithinOneBatch_AreCommittedByTheBatchItself()
    {
        var world = new LockWorld(LazyQueue with { QueueWriteDelay = Ms(250), PresenceWindow = Sec(20) });
        var key = world.Activate();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);
        world.Advance(Ms(300));
        var writes = key.HeadWrites;
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        key.Renew(A);
        key.Renew(A);
        key.Cancel(B);

        world.Open(gate);
        Assert.Equal(2, key.HeadWrites - writes);
        world.Advance(Sec(1));

        // One more, to confirm the chunk without B; none to commit what the second one has committed.
        Assert.Equal(3, key.HeadWrites - writes);
        Assert.Equal([C], DecodeChunk(world, 0).Waiters.Select(waiter => waiter.LeaseId));
    }

    private static QueueChunk DecodeChunk(LockWorld world, int slot) => RecordCodec.DecodeChunk(world.Records.Peek(RecordName.QueueSlot(slot)));
}
