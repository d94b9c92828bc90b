using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Who watches a key is told nothing that a crash may take back, and nothing by an activation that lost its key.</summary>
public sealed class WatchProofTests
{
    private readonly LockWorld _world = new();

    [Fact]
    public void Changes_WhileAWriteIsOnItsWay_AreToldTogether()
    {
        var key = _world.Activate();
        var watch = WatchFromNow(key);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Acquire(A);
        for (var waiter = 0; waiter < 10; waiter++)
            key.Acquire(Of(waiter));
        Assert.False(watch.IsTold);

        _world.Open(gate);
        Assert.Equal(1, watch.Info.HolderCount);
        Assert.Equal(10, key.Watch(watch.Cursor).Info.QueueLength);
    }

    [Fact]
    public void Grant_IsToldOnlyWhenItIsWritten()
    {
        var key = _world.Activate();
        var watch = WatchFromNow(key);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Acquire(A);
        var late = key.Watch();

        Assert.False(watch.IsTold);
        Assert.False(late.IsTold);
        _world.Open(gate);
        Assert.Equal(1, watch.Info.HolderCount);
        Assert.Equal(1, late.Info.HolderCount);
    }

    [Fact]
    public void Release_ThatIsToldFromMemory_IsShownOnlyWhenItIsWritten()
    {
        var key = _world.Activate();
        key.Acquire(A);
        var watch = WatchFromNow(key);

        Assert.Equal(EndReason.Released, key.Release(A).Ended);
        var late = key.Watch();
        Assert.False(watch.IsTold);
        Assert.False(late.IsTold);
        _world.Advance(Ms(20));
        Assert.Equal(0, watch.Info.HolderCount);
        Assert.Equal(0, late.Info.HolderCount);
        Assert.Empty(_world.Record.Holders);
    }

    [Fact]
    public void Release_ThatACrashTakesBack_WasShownToNobody()
    {
        var key = _world.Activate();
        key.Acquire(A);
        var watch = WatchFromNow(key);
        key.Release(A);
        var next = _world.Replace(key);

        Assert.False(watch.IsTold);
        Assert.Equal(1, next.Watch().Info.HolderCount);
    }

    [Fact]
    public void Watch_FromAnotherActivation_IsToldAtOnceAndOnlyAfterStorageWasAsked()
    {
        var key = _world.Activate();
        key.Acquire(A);
        var cursor = key.Watch().Cursor;
        var next = _world.Activate();
        next.Revoke();
        var known = next.Watch(cursor);

        // The one that has lost the key was current a moment ago. What it knows is older than what the other has told.
        Assert.Equal(0, known.Info.HolderCount);
        Assert.Equal(WatchStatus.Unknown, key.Watch(known.Cursor).Status);
        Assert.Equal(QuarantineReason.Conflict, key.Observer.Quarantine);
    }

    [Fact]
    public void Watch_OfAKeyWithoutARecord_FromAnotherActivation_IsProvenToo()
    {
        var key = _world.Activate();
        key.Watch();
        var next = _world.Activate();
        next.Acquire(A);
        var known = next.Watch();

        Assert.Equal(WatchStatus.Unknown, key.Watch(known.Cursor).Status);
    }

    [Fact]
    public void Watch_OfAnActivationThatLostItsKey_EndsWithItsSlice()
    {
        var key = _world.Activate();
        key.Acquire(A);
        var watch = key.Watch(key.Watch().Cursor, slice: Sec(4));
        _world.Records.Remove(RecordName.Lock);

        _world.Advance(Sec(4));
        Assert.Equal(WatchStatus.Unknown, watch.Status);
    }

    [Fact]
    public void Waiter_OfAnActivationThatLostItsKey_IsToldToNobodyWhoWatches()
    {
        var key = _world.Activate();
        key.Acquire(A, renews: false, lease: Sec(300));
        var watch = WatchFromNow(key);
        _world.Advance(Sec(3));
        _world.Records.Remove(RecordName.Lock);

        key.Acquire(B);
        Assert.Equal(WatchStatus.Unknown, watch.Status);
    }

    private static WatchCall WatchFromNow(Activation key) => key.Watch(key.Watch().Cursor);
}
