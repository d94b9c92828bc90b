using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>An end in good order: everything written, everybody answered, nothing left running.</summary>
public sealed class StopTests
{
    [Fact]
    public void Stop_WithWaiters_WritesThemAndTellsThemTheirPlaces()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A);
        Call[] waiting = [first.Acquire(B), first.Acquire(C)];

        var stop = first.Stop();

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.Equal([1, 2], waiting.Select(call => call.Queued.Place));
        var second = world.Activate();
        Assert.Equal([B, C], second.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
        Assert.Equal(0, first.Observer.Quarantines);
    }

    [Fact]
    public void Stop_WithAnUnwrittenRelease_WritesIt()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A);
        first.Release(A);

        first.Stop();

        Assert.True(world.Activate().Acquire(B).IsGranted);
    }

    [Fact]
    public void Stop_WithAnUnwrittenCancel_KeepsNoGhost()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A);
        first.Acquire(B);
        first.Acquire(C);
        world.Advance(Sec(1));
        first.Cancel(B);

        first.Stop();

        Assert.Equal([C], world.Activate().State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void Stop_OfALockThatNobodyAskedAnything_TouchesNothing()
    {
        var world = new LockWorld();
        var key = world.Activate();

        Assert.True(key.Stop().IsCompletedSuccessfully);

        Assert.Equal(0, key.Store.Operations);
        Assert.False(key.Coordinator.IsAlive);
    }

    [Fact]
    public void Stop_WhenNothingIsUnwritten_WritesNothing()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var writes = key.HeadWrites;

        key.Stop();

        Assert.Equal(writes, key.HeadWrites);
    }

    [Fact]
    public void Stop_WhileTheKeyIsBeingLoaded_AnswersWhatHasCome()
    {
        var world = new LockWorld();
        var key = world.Activate();
        var gate = key.Store.Hold(StoreOperation.Load);
        var acquire = key.Acquire(A);
        var stop = key.Stop();
        Assert.False(stop.IsCompleted);

        world.Open(gate);

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.True(acquire.IsGranted);
    }

    [Fact]
    public void Stop_WhileAWriteIsOnItsWay_FinishesWhatHasGathered()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var waiting = key.Acquire(B);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        var (release, late) = (key.Release(A), key.Acquire(C));
        var stop = key.Stop();

        world.Open(gate);

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.Equal(EndReason.Released, release.Ended);
        Assert.True(waiting.IsGranted);
        Assert.Equal(1, late.Queued.Place);
    }

    [Fact]
    public void Stop_WhileAFlushIsOnItsWay_WaitsForIt()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var waiting = key.Acquire(B);
        var gate = key.Store.HoldChunkWrites();
        world.Advance(Ms(250));
        var stop = key.Stop();
        Assert.False(stop.IsCompleted);

        world.Open(gate);

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.Equal(1, waiting.Queued.Place);
        Assert.Equal(2, world.Record.CommittedTail);
    }

    [Fact]
    public void Commands_AfterStop_AreAnsweredUnknown()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Stop();
        var operations = key.Store.Operations;

        Assert.True(key.Renew(A).IsUnknown);
        Assert.True(key.Acquire(B).IsUnknown);
        Assert.True(key.CannotRead);
        Assert.Equal(operations, key.Store.Operations);
        Assert.Equal(0, world.ArmedTimers);
    }

    [Fact]
    public void Commands_WhileStopping_AreAnsweredUnknownAtOnce()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Release(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Stop();

        Assert.True(key.Acquire(B).IsUnknown);
        world.Open(gate);
        Assert.False(key.Coordinator.IsAlive);
    }

    [Fact]
    public void Stop_AskedTwice_IsOneStop()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Release(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        Task[] stops = [key.Stop(), key.Stop()];

        world.Open(gate);

        Assert.All(stops, stop => Assert.True(stop.IsCompletedSuccessfully));
        Assert.True(key.Stop().IsCompletedSuccessfully);
        Assert.Equal(1, gate.Arrived);
    }

    [Theory]
    [InlineData(StoreFault.FailBefore)]
    [InlineData(StoreFault.Conflict)]
    [InlineData(StoreFault.Hang)]
    public void Stop_WhoseWriteGoesWrong_StillEndsAndAnswersEverybody(StoreFault fault)
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var waiting = key.Acquire(B);
        key.Store.FailNext(fault, StoreOperation.CompareAndSet);

        var stop = key.Stop();
        world.Advance(Sec(5));

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.True(waiting.IsUnknown);
        Assert.Equal(1, key.Observer.Quarantines);
        Assert.Equal(0, world.ArmedTimers);
    }

    [Fact]
    public void Stop_WhoseFlushHangs_StillEnds()
    {
        var world = new LockWorld(new LockPolicy { PresenceWindow = Sec(120), QueueWriteDelay = Sec(5) });
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var waiting = key.Acquire(B);
        key.Store.HoldChunkWrites();

        var stop = key.Stop();
        world.Advance(Sec(5));

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.True(waiting.IsUnknown);
    }

    [Fact]
    public void Stop_WhoseFlushMeetsAConflict_WritesNothingMore()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        key.Acquire(B);
        key.Acquire(C);
        world.Advance(Sec(1));
        key.Acquire(D);
        var gate = key.Store.HoldChunkWrites();
        world.Advance(Ms(250));
        key.Cancel(B);
        key.Store.Remove(RecordName.QueueSlot(0));
        var stop = key.Stop();
        var (heads, chunks) = (key.HeadWrites, key.Store.ChunkWrites);

        world.Open(gate);

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.Equal(QuarantineReason.Conflict, key.Observer.Quarantine);
        Assert.Equal((heads, chunks), (key.HeadWrites, key.Store.ChunkWrites));
    }

    [Fact]
    public void Stop_OfALongQueue_GivesEveryChunkTheStoresFullTime()
    {
        var world = new LockWorld(new LockPolicy { PresenceWindow = Sec(120), QueueWriteDelay = Sec(5) });
        var key = world.Activate();
        key.Acquire(Of(0), renews: false);
        for (var number = 1; number < 1000; number++)
            key.Acquire(Of(number));
        StoreGate[] gates = [.. Enumerable.Range(0, 4).Select(slot => key.Store.Hold(StoreOperation.CompareAndSet, RecordName.QueueSlot(slot)))];

        var stop = key.Stop();
        foreach (var gate in gates)
        {
            world.Advance(Sec(4));
            world.Open(gate);
        }

        Assert.True(stop.IsCompletedSuccessfully);
        Assert.Equal(0, key.Observer.Quarantines);
        Assert.Equal(999, world.Activate().State.Queue.Count);
    }
}
