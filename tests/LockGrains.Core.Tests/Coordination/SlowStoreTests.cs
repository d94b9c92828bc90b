using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A store that is slow costs time, and nobody's place or lease: who came in time was in time.</summary>
public sealed class SlowStoreTests
{
    private static readonly LockPolicy Patient = new() { StoreTimeout = Sec(60), PresenceWindow = Sec(20) };

    [Fact]
    public void WaitersThatAreHere_WhileAWriteOutlastsSliceAndWindow_KeepTheirPlaces()
    {
        var world = new LockWorld(Patient);
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(60));
        Call[] waiting = [key.Acquire(B), key.Acquire(C)];
        world.Advance(Sec(1));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);

        world.Advance(Sec(20));
        world.Open(gate);

        Assert.Equal([1, 2], waiting.Select(call => call.Queued.Place));
        Assert.Equal([B, C], key.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void WaiterThatCameBackInTime_WhileAWriteOutlastsTheRestOfTheWindow_KeepsItsPlace()
    {
        var world = new LockWorld(Patient);
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(60));
        key.Acquire(B, slice: Sec(1));
        key.Acquire(C, slice: Sec(60));
        world.Advance(Sec(2));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        var back = key.Acquire(B);

        world.Advance(Sec(8));
        world.Open(gate);
        key.Release(A);

        Assert.True(back.IsGranted);
    }

    [Fact]
    public void WaiterWhoseSliceEndedBeforeASlowWrite_IsWaitedForFromWhenItIsTold()
    {
        var world = new LockWorld(Patient with { PresenceWindow = Sec(2) });
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(60));
        var waiting = key.Acquire(B, slice: Sec(1));
        world.Advance(Ms(500));
        var first = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        world.Advance(Ms(500));
        key.Renew(A);

        // The end of the slice is decided together with the second renewal, and told when that is written.
        var second = key.Store.Hold(StoreOperation.CompareAndSet);
        world.Open(first);
        world.Advance(Sec(4));
        Assert.False(waiting.IsAnswered);
        world.Open(second);
        Assert.Equal(1, waiting.Queued.Place);
        world.Advance(Sec(1));

        Assert.Equal([B], key.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
        world.Advance(Sec(30));
        Assert.Empty(key.State.Queue.Waiters);
    }

    [Fact]
    public void WaiterThatAwaitsItsPlace_WhileItsChunkOutlastsTheWindow_KeepsIt()
    {
        var world = new LockWorld(Patient);
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(60));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.QueueSlot(0));
        var waiting = key.Acquire(B, slice: Sec(1));
        world.Advance(Sec(5));
        var other = key.Acquire(C, slice: Sec(1));

        world.Advance(Sec(20));
        key.Release(A);
        Assert.False(waiting.IsAnswered);
        world.Open(gate);

        Assert.Equal(1, waiting.Queued.Place);
        Assert.Equal(2, other.Queued.Place);
        Assert.True(key.Acquire(B).IsGranted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void HeartbeatThatCameInTime_WhileAWriteOutlastsTheDoubt_IsInTime(bool isNext)
    {
        var world = new LockWorld(Patient);
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(100));
        key.Acquire(B, beats: Sec(6));
        key.Acquire(C, beats: Sec(6));
        world.Advance(Sec(20));
        Assert.NotNull(key.State.DoubtedAt);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        if (isNext)
            key.Release(A);
        else
            key.Renew(A);
        world.Advance(Sec(8) - Instant);
        var beat = key.Beat(B);

        world.Advance(Sec(10));
        Assert.False(beat.IsAnswered);
        world.Open(gate);

        Assert.Equal([1], beat.Places);
        world.Advance(Instant);
        Assert.Equal(isNext ? [B] : [A, B], key.State.Holders.Select(lease => lease.LeaseId).Concat(key.State.Queue.Waiters.Select(waiter => waiter.LeaseId)));
    }

    /// <summary>It has as long to call again as if it had been answered in time.</summary>
    [Fact]
    public void WaiterThatIsAnsweredLate_HasHalfTheWindowToCallAgain()
    {
        var world = new LockWorld(Patient);
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(100));
        var b = key.Acquire(B);
        world.Advance(Sec(9));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        world.Advance(Sec(19));
        world.Open(gate);
        Assert.Equal(1, b.Queued.Place);
        key.Release(A);

        world.Advance(Sec(10) - Instant);
        Assert.Equal([B], key.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
        world.Advance(Instant);
        Assert.Empty(key.State.Queue.Waiters);
    }

    [Fact]
    public void RenewalThatCameInTime_WhileAWriteOutlastsTheLease_IsInTime()
    {
        var world = new LockWorld(Patient);
        var key = world.Activate();
        key.Acquire(A);
        var next = key.Acquire(B);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, appliesFirst: true);
        key.Cancel(D);
        world.Advance(Sec(4));
        var renew = key.Renew(A);

        world.Advance(Sec(2));
        world.Open(gate);

        Assert.IsType<LockReply.Renewed>(renew.Reply);
        Assert.False(next.IsAnswered);
    }

    [Fact]
    public void RenewalThatCameTooLate_WhileAWriteIsOnItsWay_IsTooLate()
    {
        var world = new LockWorld(Patient);
        var key = world.Activate();
        key.Acquire(A);
        var next = key.Acquire(B);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Cancel(D);
        world.Advance(Sec(5));
        var renew = key.Renew(A);

        world.Open(gate);

        Assert.Equal(EndReason.Expired, renew.NotHeld);
        Assert.True(next.IsGranted);
    }

    [Fact]
    public void LeaseOver_BehindALateSliceEnd_IsStillHandedOver()
    {
        var world = new LockWorld(Patient);
        var key = world.Activate();
        key.Acquire(A);
        key.Acquire(B, slice: Sec(1));
        var next = key.Acquire(C, beats: Sec(6));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Cancel(D);
        world.Advance(Sec(8));

        world.Open(gate);
        Assert.Empty(key.State.Holders);

        // B was here until it was told its place, and is waited for from then on.
        for (var beat = 0; beat < 3; beat++)
        {
            key.Beat(C);
            world.Advance(Sec(6));
        }

        key.Beat(C);
        world.Advance(Sec(2));

        Assert.True(next.IsGranted);
    }
}
