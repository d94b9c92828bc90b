using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>What a host is told, in which order, and where it runs (<see cref="RecordingObserver"/> checks that at every call).</summary>
public sealed class ObserverTests
{
    [Fact]
    public void Events_OfAShortStory_ComeInOrder()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);
        key.Cancel(C);
        key.Renew(A);
        key.Release(A);
        key.Revoke();

        Assert.Equal(
            ["LeaseGranted A", "WaiterQueued B", "WaiterQueued C", "WaitEnded C Cancelled", "LeaseRenewed A", "LeaseEnded A Released", "LeaseGranted B", "LeaseEnded B Revoked"],
            key.Observer.Events.Select(Describe));
    }

    [Fact]
    public void Writes_AreToldWithTheirSizeAndTime()
    {
        var world = new LockWorld();
        var key = world.Activate();
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Acquire(A);
        world.Advance(Sec(1));
        world.Open(gate);

        var (name, bytes, elapsed) = Assert.Single(key.Observer.Writes);
        Assert.Equal(RecordName.Lock, name);
        Assert.Equal(world.Records.Peek(RecordName.Lock).Length, bytes);
        Assert.Equal(Sec(1), elapsed);
    }

    [Fact]
    public void Load_IsToldOnceWithWhatWasFound()
    {
        var world = new LockWorld();
        var first = world.Activate();
        Assert.Null(first.Observer.LoadedFenced);
        first.Acquire(A);
        Assert.False(first.Observer.LoadedFenced);

        var second = world.Activate();
        second.Verify(A);

        Assert.True(second.Observer.LoadedFenced);
        Assert.Equal(A, Assert.Single(second.Observer.Loaded!.Holders).LeaseId);
    }

    [Fact]
    public void Observer_ThatCallsBackIn_IsServedInTurn()
    {
        var world = new LockWorld();
        var key = world.Activate();
        Call? inner = null;
        key.Observer.OnEventHook = lockEvent => inner ??= lockEvent is LockEvent.LeaseGranted ? key.Verify(A) : null;

        Assert.True(key.Acquire(A).IsGranted);

        Assert.IsType<LockReply.Current>(inner!.Reply);
    }

    [Fact]
    public void Observer_ThatThrows_EndsTheActivationButLeavesNobodyWaiting()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var waiting = key.Acquire(B);
        key.Observer.OnEventHook = _ => throw new InvalidOperationException("The host is broken.");

        var release = key.Release(A);

        Assert.True(release.IsAnswered);
        Assert.True(waiting.IsAnswered);
        Assert.Equal(1, key.Observer.Quarantines);
        Assert.True(world.Activate().Acquire(B).IsGranted);
    }

    [Fact]
    public void Caller_WhenAnswered_RunsAfterTheStepAndNotInside()
    {
        var world = new LockWorld();
        var key = world.Activate();
        var order = new List<string>();
        key.Observer.OnEventHook = lockEvent => order.Add(Describe(lockEvent));
        world.Together(() => _ = FollowAsync());

        Assert.Equal(["LeaseGranted A", "WaiterQueued B", "the caller of A"], order);

        async Task FollowAsync()
        {
            var first = key.Coordinator.ExecuteAsync(new LockCommand.Acquire(new LockRequest(A, "", LockMode.Exclusive, Sec(10), true), TimeSpan.Zero));
            _ = key.Coordinator.ExecuteAsync(new LockCommand.Acquire(new LockRequest(B, "", LockMode.Exclusive, Sec(10), true), Forever));
            await first;
            order.Add("the caller of A");
        }
    }

    private static string Describe(LockEvent lockEvent) => lockEvent switch
    {
        LockEvent.LeaseGranted granted => $"LeaseGranted {Name(granted.Lease.LeaseId)}",
        LockEvent.LeaseRenewed renewed => $"LeaseRenewed {Name(renewed.Lease.LeaseId)}",
        LockEvent.LeaseEnded ended => $"LeaseEnded {Name(ended.Lease.LeaseId)} {ended.Reason}",
        LockEvent.WaiterQueued queued => $"WaiterQueued {Name(queued.Waiter.LeaseId)}",
        LockEvent.WaitEnded ended => $"WaitEnded {Name(ended.Waiter.LeaseId)} {ended.Reason}",
        _ => "something else",
    };

    private static string Name(LeaseId leaseId) => leaseId == A ? "A" : leaseId == B ? "B" : "C";
}
