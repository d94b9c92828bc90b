using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A record that cannot be read stops its key, says why, and is left as it is for whoever mends it.</summary>
public sealed class BadRecordTests
{
    [Fact]
    public void Head_Corrupt_AnswersNothingAndOverwritesNothing()
    {
        var (world, bytes) = WithQueue();
        bytes[^6] ^= 1;
        world.Records.Put(RecordName.Lock, bytes);

        AssertRefused(world, "damaged");

        Assert.Equal(bytes, world.Records.Peek(RecordName.Lock).ToArray());
    }

    [Fact]
    public void Head_OfANewerVersion_IsRefusedNamingBoth()
    {
        var (world, bytes) = WithQueue();
        bytes[4] = RecordCodec.Version + 1;
        world.Records.Put(RecordName.Lock, bytes);

        AssertRefused(world, $"version {RecordCodec.Version + 1}; this silo reads version {RecordCodec.Version}");
    }

    [Fact]
    public void Head_OfSomebodyElse_IsRefused()
    {
        var (world, _) = WithQueue();
        world.Records.Put(RecordName.Lock, "{\"$type\":\"Somebody.Else\"}"u8.ToArray());

        AssertRefused(world, "not a LockGrains lock record");
    }

    [Fact]
    public void Chunk_Corrupt_IsRefused()
    {
        var (world, _) = WithQueue();
        var bytes = world.Records.Peek(RecordName.QueueSlot(0)).ToArray();
        bytes[^6] ^= 1;
        world.Records.Put(RecordName.QueueSlot(0), bytes);

        AssertRefused(world, "queue chunk");
    }

    [Fact]
    public void Chunk_OfAnotherNumber_IsOneThatIsGone_AndTheKeyGoesOn()
    {
        var (world, _) = WithQueue();
        world.Records.Put(RecordName.QueueSlot(0), RecordCodec.Encode(new QueueChunk(7, [])));

        var key = world.Activate();
        Assert.IsType<LockReply.Current>(key.Verify(A).Reply);
        Assert.Empty(key.State.Queue.Waiters);
        key.Acquire(D);
        world.Advance(Sec(1));

        Assert.Equal([D], world.Replace(key).State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void Chunk_FromLongAgo_BringsNobodyBackWhoHoldsOrIsOver()
    {
        var (world, _) = WithQueue();
        world.Activate().Cancel(C);
        world.Advance(Sec(1));
        var b = RecordCodec.DecodeChunk(world.Records.Peek(RecordName.QueueSlot(0))).Waiters[0];
        var (head, later) = (world.Record, b with { Ticket = b.Ticket + 1, Request = b.Request with { LeaseId = C } });
        world.Records.Put(RecordName.Lock, RecordCodec.Encode(head with { NextTicket = later.Ticket + 2, CommittedTail = later.Ticket + 2 }));
        var holder = b with { Ticket = later.Ticket + 1, Request = b.Request with { LeaseId = A } };
        world.Records.Put(RecordName.QueueSlot(0), RecordCodec.Encode(new QueueChunk(0, [b, later, holder])));

        var key = world.Activate();

        Assert.IsType<LockReply.Current>(key.Verify(A).Reply);
        Assert.Equal([B], key.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void Chunk_FromLongAgo_BringsNobodyBackWhoCameAgain()
    {
        var (world, _) = WithQueue();
        var chunk = RecordCodec.DecodeChunk(world.Records.Peek(RecordName.QueueSlot(0)));
        var again = chunk.Waiters[0] with { Ticket = QueueChunk.Size };
        world.Records.Put(RecordName.QueueSlot(1), RecordCodec.Encode(new QueueChunk(1, [again])));
        world.Records.Put(
            RecordName.Lock,
            RecordCodec.Encode(world.Record with { NextTicket = again.Ticket + 1, CommittedTail = again.Ticket + 1, Chunks = [new ChunkPlace(0, 0), new ChunkPlace(1, 1)] }));

        var key = world.Activate();

        Assert.IsType<LockReply.Current>(key.Verify(A).Reply);
        Assert.Equal([C, B], key.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void Chunk_WithTheSameWaiterTwice_IsRefused()
    {
        var (world, _) = WithQueue();
        var chunk = RecordCodec.DecodeChunk(world.Records.Peek(RecordName.QueueSlot(0)));
        var twice = chunk.Waiters[^1] with { Request = chunk.Waiters[0].Request };
        world.Records.Put(RecordName.QueueSlot(0), RecordCodec.Encode(chunk with { Waiters = [chunk.Waiters[0], twice] }));

        AssertRefused(world, "twice");
    }

    [Fact]
    public void Head_ThatNamesAChunkTwice_IsRefused()
    {
        var (world, _) = WithQueue();
        world.Records.Put(RecordName.Lock, RecordCodec.Encode(world.Record with { Chunks = [new ChunkPlace(0, 0), new ChunkPlace(0, 1)] }));

        AssertRefused(world, "twice");
    }

    [Fact]
    public void Key_Mended_WorksAgainWithTheNextActivation()
    {
        var (world, bytes) = WithQueue();
        world.Records.Put(RecordName.Lock, "mangled"u8.ToArray());
        AssertRefused(world, "not a LockGrains lock record");

        world.Records.Put(RecordName.Lock, bytes);

        Assert.True(world.Activate().Acquire(A).IsGranted);
    }

    private static (LockWorld World, byte[] Record) WithQueue()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);
        world.Advance(Sec(1));
        key.Kill();
        return (world, world.Records.Peek(RecordName.Lock).ToArray());
    }

    private static void AssertRefused(LockWorld world, string because)
    {
        var key = world.Activate();
        Call[] calls = [key.Acquire(A), key.Acquire(D), key.Verify(A)];

        Assert.All(calls, call => Assert.Contains(because, Assert.IsType<LockReply.Unknown>(call.Reply).Detail, StringComparison.Ordinal));
        Assert.Equal(QuarantineReason.BadRecord, key.Observer.Quarantine);
        Assert.Equal(0, key.HeadWrites + key.Store.ChunkWrites);
    }
}
