using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>What a lock costs its storage: the shape of the cost is a promise.</summary>
public sealed class CostTests
{
    [Fact]
    public void AcquireAndRelease_InALoop_CostOneWriteAPair()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Release(A);
        var (writes, loads) = (key.HeadWrites, key.HeadLoads);

        for (var pair = 1; pair <= 10; pair++)
        {
            Assert.True(key.Acquire(Of(pair)).IsGranted);
            Assert.Equal(EndReason.Released, key.Release(Of(pair)).Ended);
        }

        Assert.Equal(10, key.HeadWrites - writes);
        Assert.Equal(loads, key.HeadLoads);
        Assert.Equal(0, key.Store.ChunkWrites);
    }

    [Fact]
    public void HandOver_InAFastLoop_CostsOneWriteAndNoChunk()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(Of(0));
        var next = key.Acquire(Of(1));
        var (writes, loads) = (key.HeadWrites, key.HeadLoads);

        for (var turn = 0; turn < 20; turn++)
        {
            var after = key.Acquire(Of(turn + 2));
            Assert.False(next.IsAnswered);
            key.Release(Of(turn));
            Assert.True(next.IsGranted);
            next = after;
        }

        Assert.Equal(20, key.HeadWrites - writes);
        Assert.Equal(loads, key.HeadLoads);
        Assert.Equal(0, key.Store.ChunkWrites);
    }

    [Fact]
    public void HandOver_WithALongQueue_CostsNoMoreThanWithAShortOne()
    {
        var world = new LockWorld();
        var key = world.Activate();
        for (var waiter = 0; waiter <= 3000; waiter++)
            key.Acquire(Of(waiter));
        world.Advance(Sec(1));
        key.Release(Of(0));
        var (writes, chunks, bytes) = (key.HeadWrites, key.Store.ChunkWrites, key.Store.BytesWritten);

        for (var holder = 1; holder <= 10; holder++)
            key.Release(Of(holder));

        Assert.Equal(10, key.HeadWrites - writes);
        Assert.Equal(chunks, key.Store.ChunkWrites);
        Assert.InRange((key.Store.BytesWritten - bytes) / 10, 1, 600);
    }

    [Fact]
    public void Release_Alone_IsAnsweredFromMemoryAndWrittenSoonAfter()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var writes = key.HeadWrites;

        Assert.Equal(EndReason.Released, key.Release(A).Ended);
        world.Advance(Ms(20) - Instant);
        Assert.Equal(writes, key.HeadWrites);

        world.Advance(Instant);
        Assert.Equal(writes + 1, key.HeadWrites);
        Assert.Empty(world.Record.Holders);
    }

    [Fact]
    public void Release_WithoutWriteDelay_IsWrittenBeforeItIsAnswered()
    {
        var world = new LockWorld(new LockPolicy { ReleaseWriteDelay = TimeSpan.Zero });
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);

        var release = key.Release(A);
        Assert.False(release.IsAnswered);
        Assert.Equal(1, gate.Arrived);

        world.Open(gate);
        Assert.Equal(EndReason.Released, release.Ended);
        Assert.Empty(world.Record.Holders);
    }

    [Fact]
    public void Commands_WhileAWriteIsOnItsWay_ShareTheNextOne()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var writes = key.HeadWrites;
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);

        var first = key.Renew(A);
        Call[] gathered = [.. Enumerable.Range(0, 50).Select(_ => key.Renew(A)), key.Try(B), key.Verify(A), key.Verify(B)];
        Assert.Equal(1, key.HeadWrites - writes);
        Assert.All(gathered, call => Assert.False(call.IsAnswered));

        world.Open(gate);
        Assert.True(first.IsAnswered);
        Assert.All(gathered, call => Assert.True(call.IsAnswered));
        Assert.Equal(2, key.HeadWrites - writes);
    }

    [Fact]
    public void Waiter_UntilItsPlaceIsDue_CostsNothing()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var operations = key.Store.Operations;

        key.Acquire(B);
        world.Advance(Ms(250) - Instant);
        Assert.Equal(operations, key.Store.Operations);

        world.Advance(Instant);
        Assert.Equal(1, key.Store.ChunkWrites);
        world.Advance(Ms(20));
        Assert.Equal(2, world.Record.CommittedTail);
    }

    [Fact]
    public void Lock_ThatNobodyUses_CostsNothing()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Release(A);
        world.Advance(Sec(1));
        var operations = key.Store.Operations;

        world.Advance(TimeSpan.FromDays(50));

        // Its record is deleted, and then nothing more happens.
        Assert.Equal(operations + 1, key.Store.Operations);
        Assert.Empty(world.Records.Names);
        Assert.Equal(0, world.ArmedTimers);
    }

    [Fact]
    public void HeadRecord_WhateverTheQueueLength_StaysSmall()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(Of(0));
        for (var waiter = 1; waiter <= 10_000; waiter++)
            key.Acquire(Of(waiter));

        world.Advance(Sec(1));

        Assert.Equal(10_001, world.Record.CommittedTail);
        Assert.Equal(40, world.Record.Chunks.Length);
        Assert.InRange(world.Records.Peek(RecordName.Lock).Length, 1, 200);
    }
}
