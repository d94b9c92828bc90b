using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Calls that wait: their slices, their copies, and callers that go away.</summary>
public sealed class WaitingCallTests
{
    [Fact]
    public void Slice_WhenItEnds_AnswersThePlaceAndKeepsIt()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        key.Acquire(D);
        var b = key.Acquire(B);
        var c = key.Acquire(C, slice: Sec(2));

        world.Advance(Sec(2));
        Assert.Equal((3, 3), (c.Queued.Place, c.Queued.QueueLength));
        Assert.False(b.IsAnswered);

        world.Advance(Sec(8));
        Assert.Equal(2, b.Queued.Place);
    }

    [Fact]
    public void CallThatIsToBeToldItsPlace_GivesWayToALaterCopy()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var gate = key.Store.HoldChunkWrites();
        var first = key.Acquire(B, slice: Sec(1));
        world.Advance(Sec(1));
        Assert.False(first.IsAnswered);

        var second = key.Acquire(B, slice: Sec(1));

        Assert.True(first.IsUnknown);
        Assert.False(second.IsAnswered);
        world.Advance(Sec(1));
        world.Open(gate);
        world.Advance(Sec(1));
        Assert.Equal(1, second.Queued.Place);
    }

    [Fact]
    public void Wait_WhenItsTotalIsOver_IsTimedOutAndLeavesTheQueue()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var b = key.Acquire(B, wait: Sec(3));
        var c = key.Acquire(C);

        world.Advance(Sec(3));

        Assert.Equal(DenyReason.TimedOut, b.DenyReason);
        Assert.False(c.IsAnswered);
        Assert.Equal([C], key.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
        Assert.Equal(DenyReason.Ended, key.Acquire(B).DenyReason);
    }

    [Fact]
    public void Waiter_BetweenTwoCalls_IsWaitedForAndThenDropped()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var b = key.Acquire(B, slice: Sec(10));
        var c = key.Acquire(C, beats: Sec(6));
        world.Beat(key, C, times: 2);
        Assert.Equal(1, b.Queued.Place);

        // The reply to its call is no word of its client.
        key.Release(A);
        world.Beat(key, C, times: 1);
        world.Advance(Sec(2) - Instant);
        Assert.False(c.IsAnswered);
        world.Advance(Instant);

        Assert.True(c.IsGranted);
        Assert.Equal(DenyReason.Ended, key.Acquire(B).DenyReason);
    }

    [Fact]
    public void SecondCall_OfTheSameWaiter_TakesThePlaceOfTheFirst()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var first = key.Acquire(B);
        world.Advance(Sec(1));

        var second = key.Acquire(B);
        Assert.True(first.IsUnknown);
        Assert.Equal(1, key.State.Queue.Count);
        key.Release(A);

        Assert.Equal(Sec(5), second.Answer.ValidFor);
    }

    [Fact]
    public void SliceOfASupersededCall_WhenItWouldHaveEnded_EndsNothing()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        key.Acquire(B);
        world.Advance(Sec(6));
        var second = key.Acquire(B);

        world.Advance(Sec(10) - Instant);
        Assert.False(second.IsAnswered);
        world.Advance(Instant);
        Assert.Equal(1, second.Queued.Place);
    }

    [Fact]
    public void CopiesOfOneRequest_InOneBatch_GetOneGrantAndOneToken()
    {
        var world = new LockWorld();
        var key = world.Activate();
        Call[] copies = [];

        world.Together(() => copies = [key.Acquire(A), key.Acquire(A), key.Acquire(A)]);

        Assert.Single(copies.Select(copy => copy.Lease.FencingToken).Distinct());
        Assert.Single(key.Observer.Granted);
    }

    [Fact]
    public void AcquireAndCancel_InOneBatch_LeaveNothingBehind()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);

        var (acquire, cancel) = (key.Acquire(B), key.Cancel(B));
        world.Open(gate);

        Assert.Equal(DenyReason.Ended, acquire.DenyReason);
        Assert.Equal(EndReason.Cancelled, cancel.Ended);
        Assert.True(key.State.Queue.IsEmpty);
    }

    [Fact]
    public void Waiter_GrantedAndReleasedInOneBatch_IsAnswered()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);

        Call[] calls = [key.Acquire(B), key.Acquire(C), key.Release(A), key.Release(B)];
        world.Open(gate);

        Assert.All(calls, call => Assert.True(call.IsAnswered));
        Assert.Equal(C, calls[1].Lease.LeaseId);
        Assert.Equal(C, Assert.Single(key.State.Holders).LeaseId);
    }

    [Fact]
    public void CallCancelledBefore_IsNotEvenMade()
    {
        var world = new LockWorld();
        var key = world.Activate();

        var call = key.Acquire(A, cancellationToken: new CancellationToken(canceled: true));

        Assert.True(call.IsCancelled);
        Assert.Equal(0, key.HeadLoads);
    }

    [Fact]
    public void CallThatIsCancelled_KeepsThePlaceForTheWindow()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        using var cancellation = new CancellationTokenSource();
        var b = key.Acquire(B, cancellationToken: cancellation.Token);
        var c = key.Acquire(C, beats: Sec(6));
        world.Advance(Sec(1));

        world.Cancel(cancellation);
        Assert.True(b.IsCancelled);
        key.Release(A);
        world.Beat(key, C, times: 3);
        world.Advance(Sec(2) - Instant);
        Assert.False(c.IsAnswered);

        var again = key.Acquire(B);
        Assert.True(again.IsGranted);
    }

    [Fact]
    public void CallThatIsCancelled_IsNotGrantedTheLock()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        using var cancellation = new CancellationTokenSource();
        key.Acquire(B, cancellationToken: cancellation.Token);
        var c = key.Acquire(C, beats: Sec(6));
        world.Cancel(cancellation);
        key.Release(A);

        world.Beat(key, C, times: 3);
        world.Advance(Sec(2));

        Assert.True(c.IsGranted);
        Assert.DoesNotContain(B, key.Observer.Granted);
    }

    [Fact]
    public void CallCancelledBeforeItWaits_IsNotGrantedTheLockEither()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        using var cancellation = new CancellationTokenSource();
        var b = key.Acquire(B, cancellationToken: cancellation.Token);
        var c = key.Acquire(C, beats: Sec(6));

        world.Cancel(cancellation);
        Assert.True(b.IsCancelled);
        world.Open(gate);
        key.Release(A);
        Assert.DoesNotContain(B, key.Observer.Granted);

        world.Beat(key, C, times: 3);
        world.Advance(Sec(2));
        Assert.True(c.IsGranted);
        Assert.DoesNotContain(B, key.Observer.Granted);
    }

    [Fact]
    public void CallCancelledWhileTheKeyIsLoaded_IsNotGrantedTheFreeLock()
    {
        var world = new LockWorld();
        var key = world.Activate();
        var gate = key.Store.Hold(StoreOperation.Load);
        using var cancellation = new CancellationTokenSource();
        var gone = key.Acquire(A, cancellationToken: cancellation.Token);
        var here = key.Acquire(B);

        world.Cancel(cancellation);
        Assert.True(gone.IsCancelled);
        world.Open(gate);

        Assert.True(here.IsGranted);
        Assert.Equal([B], key.Observer.Granted);
    }

    [Fact]
    public void CallThatWasCancelled_DoesNotDetachALiveCopyOfIt()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        var here = key.Acquire(B);
        using var cancellation = new CancellationTokenSource();
        key.Acquire(B, cancellationToken: cancellation.Token);
        world.Cancel(cancellation);
        world.Open(gate);

        key.Release(A);
        world.Advance(Sec(1));

        Assert.True(here.IsGranted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CancelOfAnOldCall_AfterTheNewOneHasCome_DoesNotDetachTheNewOne(bool newOneIsBeingWritten)
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        using var cancellation = new CancellationTokenSource();
        key.Acquire(B, cancellationToken: cancellation.Token);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        Call? again = null;
        if (newOneIsBeingWritten)
        {
            world.Together(() =>
            {
                again = key.Acquire(B);
                key.Renew(A);
            });
        }
        else
        {
            key.Renew(A);
            again = key.Acquire(B);
        }

        world.Cancel(cancellation);
        world.Open(gate);
        world.Advance(Sec(7));
        Assert.False(again!.IsAnswered);
        key.Release(A);

        Assert.True(again.IsGranted);
    }

    [Fact]
    public void TwoCallsCancelledWhileAWriteIsOnItsWay_DoNotDetachTheThird()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        using var cancellation = new CancellationTokenSource();
        key.Acquire(B, cancellationToken: cancellation.Token);
        key.Acquire(B, cancellationToken: cancellation.Token);
        var third = key.Acquire(B);

        world.Cancel(cancellation);
        world.Open(gate);
        world.Advance(Sec(7));
        key.Release(A);

        Assert.True(third.IsGranted);
    }

    [Fact]
    public void CallCancelledAfterItsAnswer_ChangesNothing()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        using var cancellation = new CancellationTokenSource();
        var b = key.Acquire(B, cancellationToken: cancellation.Token);
        key.Release(A);
        Assert.True(b.IsGranted);

        world.Cancel(cancellation);

        Assert.True(b.IsGranted);
        Assert.Equal(B, Assert.Single(key.State.Holders).LeaseId);
    }

    [Fact]
    public void EndSlice_FromOutside_IsRefused()
    {
        var world = new LockWorld();
        var key = world.Activate();

        Assert.Throws<ArgumentException>(() => key.Execute(new LockCommand.EndSlice(A)));
    }
}
