using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>What people see of a key beside who holds and who waits: how long, how much longer, and what happened.</summary>
public sealed class SeeingTests
{
    private readonly LockWorld _world = new();

    [Fact]
    public void HeldForAndWaitedFor_CountFromTheGrantAndTheArrival()
    {
        var key = _world.Activate();
        key.Acquire(A, renews: false);
        _world.Advance(Sec(2));
        key.Acquire(B);
        _world.Advance(Sec(3));
        key.Renew(A);

        var info = key.ReadInfo();
        Assert.Equal((Sec(5), Sec(3)), (info.Holder!.HeldFor, Assert.Single(info.Waiters).WaitedFor));
    }

    [Fact]
    public void Recent_HasWhoWhatAndWhy_TheLastFirst()
    {
        var key = _world.Activate();
        key.Acquire(A);
        key.Acquire(B);
        key.Renew(A);
        _world.Advance(Sec(2));
        var first = key.Hold(A).FencingToken.Value;
        key.Cancel(B);
        key.Revoke();
        _world.Advance(Sec(1));

        Assert.Equal(
            [
                (RecentEventKind.HoldEnded, EndReason.Revoked, "somebody", first, Sec(1)),
                (RecentEventKind.WaitEnded, EndReason.Cancelled, "somebody", 0, Sec(1)),
                (RecentEventKind.Granted, EndReason.None, "somebody", first, Sec(3)),
            ],
            key.ReadInfo().Recent.Select(recent => (recent.What, recent.Reason, recent.OwnerId, recent.FencingToken, recent.Ago)));
    }

    [Fact]
    public void Recent_OfUpgrades_NamesEachChange()
    {
        var key = _world.Activate();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Upgrade(A, change: 1);
        key.CancelUpgrade(A, change: 1);
        key.Release(B);
        key.Upgrade(A, change: 2);
        key.Downgrade(A, change: 3);

        Assert.Equal(
            [
                RecentEventKind.Downgraded, RecentEventKind.Upgraded, RecentEventKind.HoldEnded, RecentEventKind.UpgradeEnded, RecentEventKind.Granted,
                RecentEventKind.Granted,
            ],
            key.ReadInfo().Recent.Select(recent => recent.What));
    }

    [Fact]
    public void Recent_OfManyEvents_AreTheLastSixteen()
    {
        var key = _world.Activate();
        for (var pair = 0; pair < 50; pair++)
        {
            key.Acquire(Of(pair));
            key.Release(Of(pair));
        }

        var recent = key.ReadInfo().Recent;
        Assert.Equal(16, recent.Length);
        Assert.All(recent.Where((_, index) => index % 2 == 0), one => Assert.Equal((RecentEventKind.HoldEnded, EndReason.Released), (one.What, one.Reason)));
        Assert.Equal(recent[0].FencingToken, recent[1].FencingToken);
        Assert.True(recent.Select(one => one.FencingToken).SequenceEqual(recent.Select(one => one.FencingToken).OrderDescending()));
    }

    [Fact]
    public void Recent_AfterAFailover_BeginsAnew()
    {
        var key = _world.Activate();
        key.Acquire(A);

        Assert.Empty(_world.Replace(key).ReadInfo().Recent);
    }

    [Fact]
    public void Recent_OnceItsRingIsFull_AllocatesNothing()
    {
        var events = new RecentEvents();
        var ended = new LockEvent.LeaseEnded(
            new Lease { Request = new LockRequest(A, "somebody", LockMode.Exclusive, Sec(30), Renews: true), FencingToken = new FencingToken(1), Term = Sec(30) }, EndReason.Released);
        for (var count = 0; count < 32; count++)
            events.Add(ended, Sec(count));
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var count = 0; count < 1_000; count++)
            events.Add(ended, Sec(count));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Pace_BeforeThreeHandOvers_IsNotKnown()
    {
        var key = _world.Activate();
        HandOver(key, times: 2, held: Sec(2));
        Assert.Null(key.ReadInfo().Pace);

        HandOver(key, from: 2, times: 1, held: Sec(2));
        Assert.Equal(Sec(2), key.ReadInfo().Pace);
    }

    [Fact]
    public void Estimate_OfAWaiter_IsItsPlaceTimesThePace()
    {
        var key = _world.Activate();
        HandOver(key, times: 4, held: Sec(2));
        key.Acquire(Of(100), renews: false);
        key.Acquire(Of(101), renews: false);
        _world.Advance(Ms(300));

        Assert.Equal([Sec(2), Sec(4)], key.ReadInfo().Waiters.Select(waiter => waiter.Estimate));
        var call = key.Acquire(Of(101), renews: false, slice: Ms(1));
        _world.Advance(Ms(1));
        Assert.Equal(Sec(4), WireReplies.ToAcquireReply(call.Answer).Estimate);
    }

    [Fact]
    public void Estimate_InTheReplyToAHeartbeat_IsThatOfItsPlace()
    {
        var key = _world.Activate();
        HandOver(key, times: 4, held: Sec(2));
        key.Acquire(Of(100), beats: Sec(3));
        _world.Advance(Sec(1));

        Assert.Equal(Sec(2), Assert.Single(WireReplies.ToBeatReplies(key.Beat(Of(100)).Answer, 1)).Estimate);
    }

    [Fact]
    public void Pace_OfGrantsThatNobodyWaitedFor_IsNotKnown()
    {
        var key = _world.Activate();
        for (var pair = 0; pair < 10; pair++)
        {
            key.Acquire(Of(pair));
            _world.Advance(Sec(1));
            key.Release(Of(pair));
        }

        Assert.Null(key.ReadInfo().Pace);
    }

    [Fact]
    public void Pace_OfAQueueThatSlowsDown_Follows()
    {
        var pace = new Pace();
        var at = TimeSpan.Zero;
        for (var grant = 0; grant < 20; grant++)
            pace.OnGranted(hasWaited: true, at += Sec(1));
        Assert.Equal(Sec(1), pace.Mean);

        for (var grant = 0; grant < 30; grant++)
            pace.OnGranted(hasWaited: true, at += Sec(5));
        Assert.InRange(pace.Mean!.Value, Sec(4.9), Sec(5));
    }

    [Fact]
    public void Estimate_BeyondAllTime_IsNotKnown()
    {
        var pace = new Pace();
        for (var grant = 0; grant < 4; grant++)
            pace.OnGranted(hasWaited: true, grant * TimeSpan.FromDays(300));

        Assert.NotNull(pace.EstimateFor(1));
        Assert.Null(pace.EstimateFor(1_000_000));
    }

    /// <summary>Each waits for the one before, who holds for so long. The last one holds afterwards.</summary>
    private void HandOver(Activation key, int times, TimeSpan held, int from = 0)
    {
        if (from == 0)
            key.Acquire(Of(0), renews: false);
        for (var turn = from; turn < from + times; turn++)
        {
            key.Acquire(Of(turn + 1), renews: false);
            _world.Advance(held);
            key.Release(Of(turn));
        }
    }
}
