using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>What holds side by side, and their changes, cost their storage.</summary>
public sealed class SharedCostTests
{
    [Fact]
    public void AdjacentReaders_HoweverManyTheyAre_AreGrantedWithOneWrite()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        Call[] readers = [.. Enumerable.Range(0, 50).Select(number => key.Share(Of(number)))];
        var writer = key.Acquire(B);
        var (writes, loads) = (key.HeadWrites, key.HeadLoads);

        key.Release(A);

        Assert.All(readers, reader => Assert.True(reader.IsGranted));
        Assert.False(writer.IsAnswered);
        Assert.Equal((writes + 1, loads, 0), (key.HeadWrites, key.HeadLoads, key.Store.ChunkWrites));
        Assert.Equal(50, world.Record.Holders.Length);
    }

    [Fact]
    public void Readers_OfAFreeLockInALoop_CostOneWriteAPair()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Share(A);
        key.Release(A);
        var writes = key.HeadWrites;

        for (var pair = 1; pair <= 10; pair++)
        {
            Assert.True(key.Share(Of(pair)).IsGranted);
            Assert.Equal(EndReason.Released, key.Release(Of(pair)).Ended);
        }

        Assert.Equal(10, key.HeadWrites - writes);
    }

    [Fact]
    public void Readers_WhoComeWhileAWriteIsOnItsWay_ShareTheNextOne()
    {
        var world = new LockWorld();
        var key = world.Activate();
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        var first = key.Share(A);
        Call[] others = [.. Enumerable.Range(0, 20).Select(number => key.Share(Of(number)))];
        Assert.Equal(1, key.HeadWrites);

        world.Open(gate);

        Assert.True(first.IsGranted);
        Assert.All(others, reader => Assert.True(reader.IsGranted));
        Assert.Equal(2, key.HeadWrites);
    }

    /// <summary>What a crash brought back would be renewed for as long as the hold lasts, while its client believes that it has less.</summary>
    [Fact]
    public void Downgrade_Alone_IsWrittenBeforeItIsTold()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        var downgrade = key.Downgrade(A, 1);
        Assert.Equal((1, false), (gate.Arrived, downgrade.IsAnswered));

        world.Open(gate);

        Assert.Equal(LockMode.Shared, downgrade.Changed.Mode);
        Assert.Equal(LockMode.Shared, world.Record.Holders[0].Mode);
    }

    [Fact]
    public void Downgrade_ThatLetsReadersIn_CostsOneWriteAndTheyAreToldAfterIt()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        Call[] readers = [key.Share(B), key.Share(C)];
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        var downgrade = key.Downgrade(A, 1);
        Assert.Equal((1, false), (gate.Arrived, downgrade.IsAnswered));
        Assert.All(readers, reader => Assert.False(reader.IsAnswered));

        world.Open(gate);

        Assert.Equal(LockMode.Shared, downgrade.Changed.Mode);
        Assert.All(readers, reader => Assert.True(reader.IsGranted));
        Assert.Equal(1, gate.Arrived);
    }

    [Fact]
    public void Upgrade_CostsOneWriteAndItsRepetitionNone()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.ShareToUpgrade(A);
        var writes = key.HeadWrites;

        Assert.True(key.Upgrade(A, 1).IsGranted);
        Assert.Equal(writes + 1, key.HeadWrites);
        Assert.True(key.Upgrade(A, 1).IsGranted);
        world.Advance(Sec(1));
        Assert.Equal(writes + 1, key.HeadWrites);
    }

    [Fact]
    public void Upgrade_WhileItWaits_CostsNothing()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.ShareToUpgrade(A);
        key.Share(B);
        var operations = key.Store.Operations;

        key.Upgrade(A, 1);
        world.Advance(Sec(9));
        key.Upgrade(A, 1);
        world.Advance(Sec(10));

        Assert.Equal(operations, key.Store.Operations);
    }

    /// <summary>The bounds of what one key is made for: all of it is found with one look at each record, and one write.</summary>
    [Fact]
    public void ThousandHoldersAndFiveThousandWaiters_AreLoadedWithOneLookAtEachRecord()
    {
        var world = new LockWorld();
        var record = RecordOfThousand();
        world.Records.Put(RecordName.Lock, RecordCodec.Encode(record));
        foreach (var (number, slot) in record.Chunks)
            world.Records.Put(RecordName.QueueSlot(slot), RecordCodec.Encode(ChunkOfThousand(number)));

        var key = world.Activate();

        Assert.Equal(Enumerable.Range(0, 1_000).Select(Of), key.Holders);
        Assert.Equal(Enumerable.Range(0, 1_000), key.State.Holders.Select(lease => Assert.Single(lease.Numbers)));
        Assert.Equal(Enumerable.Range(1_001, 5_000).Select(Of), key.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
        Assert.Equal((1, 1, 22), (key.HeadLoads, key.HeadWrites, key.Store.Operations));
        Assert.InRange(world.Records.Peek(RecordName.Lock).Length, 50_000, 70_000);
    }

    private static LockRequest RequestOf(int number) =>
        new(Of(number), "somebody", LockMode.Shared, Sec(3600), Renews: false) { Limit = 1_000 };

    private static LockRecord RecordOfThousand() => new()
    {
        Epoch = 1,
        LastToken = new FencingToken(3_891_200_000_012_345),
        LastTokenAt = 1_899_999_999_000,
        Holders = [.. Enumerable.Range(0, 1_000).Select(number => new Lease
        {
            Request = RequestOf(number),
            FencingToken = new FencingToken(3_891_200_000_010_000 + number),
            Extent = new HoldExtent(LockMode.Shared, 1, [number], Change: 0),
            Term = Sec(3600),
            ExpiresAtUnixMilliseconds = 1_900_000_005_000,
        })],
        Ended = [],
        NextTicket = 5_001,
        FirstTicket = 1,
        CommittedTail = 5_001,
        Chunks = [.. Enumerable.Range(0, 20).Select(number => new ChunkPlace(number, number))],
        EndedTickets = [],
    };

    /// <summary>The waiters of the tickets 1 to 5,000: each has the number of its ticket, after those of the holders.</summary>
    private static QueueChunk ChunkOfThousand(long chunk) => new(chunk, [.. Enumerable.Range((int)QueueChunk.FirstTicketOf(chunk), QueueChunk.Size)
        .Where(ticket => ticket is >= 1 and <= 5_000)
        .Select(ticket => new Waiter { Ticket = ticket, Request = RequestOf(1_000 + ticket) })]);
}
