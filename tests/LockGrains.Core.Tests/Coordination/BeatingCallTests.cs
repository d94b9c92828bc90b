using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Calls that wait for long, because heartbeats name them.</summary>
public sealed class BeatingCallTests
{
    [Fact]
    public void CallWithHeartbeats_WaitsOnWhileItIsNamedInThem()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(100));
        var b = key.Acquire(B, beats: Sec(6));
        world.Beat(key, B, times: 9);
        world.Advance(Sec(6) - Instant);
        Assert.False(b.IsAnswered);

        world.Advance(Instant);

        Assert.Equal(1, b.Queued.Place);
        Assert.Equal([0], key.Beat(B).Places);
    }

    [Fact]
    public void CallWhoseClientIsSilent_IsNotGrantedTheLockBeforeAHeartbeat()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(13));
        var b = key.Acquire(B, beats: Sec(6));
        world.Advance(Sec(14));
        Assert.Empty(key.State.Holders);
        Assert.False(b.IsAnswered);

        key.Beat(B);

        Assert.True(b.IsGranted);
    }

    [Fact]
    public void CallWhoseClientDied_EndsWhenItsWaiterIsDropped()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(100));
        var b = key.Acquire(B, beats: Sec(6));
        world.Advance(Sec(28) - Instant);
        Assert.False(b.IsAnswered);

        world.Advance(Instant);

        Assert.Equal(DenyReason.Ended, b.DenyReason);
    }

    [Fact]
    public void CallThatWasGivenUpBesideOneThatWaits_IsASignOfLife()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: Sec(100));
        var b = key.Acquire(B, beats: Sec(6));
        world.Advance(Sec(10));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        using var cancellation = new CancellationTokenSource();
        key.Acquire(B, cancellationToken: cancellation.Token);
        world.Cancel(cancellation);
        world.Open(gate);

        world.Advance(Sec(10));
        world.Advance(Sec(8));

        Assert.False(b.IsAnswered);
    }
}
