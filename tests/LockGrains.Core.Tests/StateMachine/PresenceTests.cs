using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Who is there: a waiter keeps its place, wherever it stands, for as long as its client is heard within the window.</summary>
public sealed class PresenceTests
{
    private const int Crowd = 500;

    private static readonly TimeSpan Window = Sec(10);
    private static readonly TimeSpan Period = Sec(3);

    [Fact]
    public void Heartbeat_KeepsAFarPlace()
    {
        var key = QueueOf(Crowd);
        var last = Of(Crowd - 1);
        for (var beat = 1; beat <= 9; beat++)
        {
            key.Pass(Period);
            Assert.Equal([key.State.Queue.Count], key.Beat(last));
        }

        Assert.Equal([last], key.Waiting);
        Assert.Equal(Crowd, key.State.Queue.First.Ticket);
        key.Release(A);
        Assert.Equal(last, key.Holder);
    }

    [Fact]
    public void Heartbeats_WithOneLost_StillKeepThePlaceAndTheTurn()
    {
        var key = QueueOf(1);
        key.Pass((2 * Period) - Instant);

        key.Release(A);

        Assert.Equal(Of(0), key.Holder);
    }

    /// <summary>Whenever it was heard last: doubts begin at a sweep, every half of the window.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2.5)]
    [InlineData(3.9)]
    [InlineData(4)]
    [InlineData(4.1)]
    public void DeadFarWaiter_IsDroppedAfterTheWindowAndBeforeAnotherHalf(double heardAt)
    {
        var key = QueueOf(1);
        key.Pass(Sec(heardAt));
        key.Beat(Of(0));
        key.Acquire(B, beats: Period);
        var heard = key.Now.Monotonic;

        while (key.Waiting.Contains(B))
        {
            Assert.True(key.Now.Monotonic < heard + (1.5 * Window), "It is still there.");
            key.Pass(Sec(0.1));
            key.Tick();
            key.Beat(Of(0));
        }

        Assert.InRange(key.Now.Monotonic - heard, Window, 1.5 * Window);
        Assert.Equal(EndReason.Dropped, key.State.Ended.Find(B));
    }

    [Fact]
    public void Heartbeat_ForOneWithoutACall_IsToldToCallAgainAndKeepsNothing()
    {
        var key = QueueOf(2);
        key.Acquire(Of(1), slice: Sec(1), beats: Period);
        key.Wait(Sec(1));
        key.EndSlice(Of(1));
        var state = key.State;

        Assert.Equal([1, 0, 0, 0], key.Beat(Of(0), Of(1), D, LeaseId.None));
        Assert.Equal(state.Queue.Find(Of(1)), key.State.Queue.Find(Of(1)));
        for (var beat = 0; beat < 5; beat++)
        {
            key.Pass(Period - Instant);
            key.Beat(Of(0), Of(1));
        }

        Assert.Equal([Of(0)], key.Waiting);
        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(key.Acquire(Of(1))).Reason);
    }

    [Fact]
    public void Heartbeat_WhoseCallEndsAtThatInstant_IsToldToCallAgain()
    {
        var key = QueueOf(1);
        key.Acquire(Of(0), slice: Sec(1), beats: Period);
        key.Wait(Sec(1) - Instant);
        Assert.Equal([1], key.Beat(Of(0)));
        key.Wait(Instant);

        Assert.Equal([0], key.Beat(Of(0)));
    }

    [Fact]
    public void Heartbeat_RenewsNoHold()
    {
        var key = new LockUnderTest();
        key.Acquire(A, beats: Period);
        key.Wait(Sec(4));
        var state = key.State;

        Assert.Equal([0], key.Beat(A));
        Assert.Same(state, key.State);
        Assert.Equal((AnswerAfter.Decision, false), (key.Last.After, key.Last.Dirty));

        key.Wait(Sec(1));
        Assert.Equal([0], key.Beat(A));
        Assert.Null(key.Holder);
        Assert.Equal(["lease Expired"], key.Events);
    }

    [Fact]
    public void DoubtedHead_IsNotGrantedTheLockBeforeItIsHeard()
    {
        var key = QueueOf(2);
        key.Pass(0.6 * Window);
        Assert.True(key.State.Queue.First.IsAttached(key.Now));

        key.Release(A);
        Assert.Null(key.Holder);
        Assert.Equal(key.Now.Monotonic, key.State.DoubtedAt);

        // It is not passed over either.
        Assert.Equal([2], key.Beat(Of(1)));
        Assert.Null(key.Holder);
        key.Pass(Sec(2));
        Assert.Equal([1], key.Beat(Of(0)));
        Assert.Equal(Of(0), key.Holder);
        Assert.Equal(["granted"], key.Events);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
    }

    [Fact]
    public void DoubtedHead_ThatIsNotHeard_IsPassedOverAfterTheWindow()
    {
        var key = QueueOf(2);
        for (var beat = 1; beat <= 2; beat++)
        {
            key.Pass(Period);
            key.Beat(Of(1));
        }

        key.Release(A);
        Assert.Null(key.Holder);
        key.Pass(Window - (2 * Period) - Instant);
        Assert.Null(key.Holder);

        key.Pass(Instant);
        Assert.Equal(Of(1), key.Holder);
        Assert.Equal(["wait Dropped", "granted"], key.Events);
    }

    [Fact]
    public void SiloThatStoodStill_DropsNobodyWhoBeatsAfterwards()
    {
        var key = QueueOf(Crowd);
        key.Pass(Sec(1));
        key.Wait(3 * Window);
        key.Tick();
        Assert.Equal(Crowd, key.State.Queue.Count);

        // Each beats within a period of its going on, but for every third, which has died.
        key.Pass(Period);
        LeaseId[] alive = [.. Enumerable.Range(0, Crowd).Where(number => number % 3 != 0).Select(Of)];
        key.Beat(alive);
        key.Pass((0.4 * Window) - Period - Instant);
        Assert.Equal(Crowd, key.State.Queue.Count);
        key.Pass(Instant);

        Assert.Equal(alive, key.Waiting);
        key.Release(A);
        Assert.Equal(alive[0], key.Holder);
    }

    [Fact]
    public void WhoIsDoubtedLater_IsNotDroppedWithThoseBefore()
    {
        var key = QueueOf(1);
        key.Pass(Sec(1.5));
        key.Acquire(B, beats: Period);
        key.Pass(Sec(1.5));
        key.Beat(Of(0));
        key.Pass(Sec(2));
        key.Acquire(C, beats: Period);

        // The sweep of the tenth second finds two absent, and not C, which was heard at the fifth.
        key.Pass(Sec(5));
        Assert.Equal(key.Now.Monotonic, key.State.DoubtedAt);
        key.Pass(Sec(4));

        Assert.Equal([C], key.Waiting);
        Assert.Equal(key.Now.Monotonic, key.State.DoubtedAt);
        key.Pass(Sec(4) - Instant);
        Assert.Equal([C], key.Waiting);
        key.Pass(Instant);
        Assert.Empty(key.Waiting);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2.5)]
    [InlineData(4.5)]
    public void ClientWithoutHeartbeats_KeepsItsPlaceByCallingAgainWithinHalfTheWindow(double cameAt)
    {
        var key = QueueOf(1);
        Beating(key, Sec(cameAt));
        key.Acquire(B);
        for (var call = 0; call < 5; call++)
        {
            Assert.Equal(Window / 2, key.State.Queue.Find(B)!.AttachedUntil - key.Now.Monotonic);
            Beating(key, Window / 2);
            Assert.Equal(new LockReply.Queued(2, 2, 2), key.EndSlice(B));
            Beating(key, (Window / 2) - Instant);

            Assert.Equal(new LockReply.Queued(2, 2, 2), key.Acquire(B));
        }

        static void Beating(LockUnderTest key, TimeSpan time)
        {
            key.Pass(time / 2);
            key.Beat(Of(0));
            key.Pass(time - (time / 2));
            key.Beat(Of(0));
        }
    }

    [Fact]
    public void AfterATakeover_WaitersHaveTheWindowToCallAgain()
    {
        var key = QueueOf(3);
        key.Pass(Sec(4));
        key.Restore();
        var loaded = key.Now.Monotonic;

        // Its heartbeat tells each that no call of it waits here.
        Assert.Equal([0, 0, 0], key.Beat(Of(0), Of(1), Of(2)));
        key.Release(A);
        Assert.Null(key.Holder);
        key.Pass(Period);
        key.Acquire(Of(2), beats: Period);
        key.Pass(Window - Period - Instant);
        key.Beat(Of(2));
        Assert.Equal([Of(0), Of(1), Of(2)], key.Waiting);
        Assert.Equal(loaded + Window - Instant, key.Now.Monotonic);

        key.Pass(Instant);
        Assert.Equal(Of(2), key.Holder);
    }

    [Fact]
    public void Calls_WithHeartbeatsAndWithout_WaitForTheirSlices()
    {
        var key = QueueOf(0);
        key.Acquire(B, beats: Period);
        key.Acquire(C, beats: Period, slice: Sec(45));
        key.Acquire(D, slice: Sec(45));

        Assert.Equal([Sec(60), Sec(45), Sec(5)], key.State.Queue.Waiters.Select(waiter => waiter.AttachedUntil - key.Now.Monotonic));
    }

    [Theory]
    [InlineData(3.1, "3.1s")]
    [InlineData(0, "0")]
    public void PeriodThatDoesNotFit_IsRefusedWithBothNumbers(double seconds, string period)
    {
        var key = QueueOf(0);

        var denied = Assert.IsType<LockReply.Denied>(key.Acquire(B, beats: Sec(seconds)));

        Assert.Equal(DenyReason.Invalid, denied.Reason);
        Assert.Equal($"BeatPeriod is {period}; it must be more than 0 and at most 3s, 0.3 of the silo's PresenceWindow.", denied.Detail);
        Assert.Empty(key.Waiting);
    }

    /// <summary>A lock that is held for long, and waiters with heartbeats that were all heard now.</summary>
    private static LockUnderTest QueueOf(int count)
    {
        var key = new LockUnderTest(new LockPolicy { PresenceWindow = Window });
        key.Acquire(A, renews: false, lease: Sec(3600));
        for (var number = 0; number < count; number++)
            key.Acquire(Of(number), beats: Period);
        return key;
    }
}
