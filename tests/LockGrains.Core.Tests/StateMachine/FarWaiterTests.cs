using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Waiters far back come back seldom; who has come near is asked whether it is still there.</summary>
public sealed class FarWaiterTests
{
    private static readonly LockPolicy TwoNear = new() { NearPlaces = 2, Slice = Sec(4), FarSlice = Sec(60), WaiterGrace = Sec(6), ReattachWindow = Sec(6) };

    [Theory]
    [InlineData(1, 4)]
    [InlineData(256, 4)]
    [InlineData(512, 8)]
    [InlineData(3_839, 59.98)]
    [InlineData(3_840, 60)]
    [InlineData(1_000_000, 60)]
    public void SliceAt_WithTheDefaults_GrowsWithThePlace(int place, double seconds) =>
        Assert.Equal(seconds, new LockPolicy().SliceAt(place).TotalSeconds, tolerance: 0.01);

    [Theory]
    [InlineData(10_000, 385)]
    [InlineData(100_000, 2_110)]
    public void Slices_OverAWholeQueue_BoundTheCallsPerSecond(int waiters, double callsMax)
    {
        var policy = new LockPolicy();
        var calls = Enumerable.Range(1, waiters).Sum(place => 1 / policy.EndOfSlice(TimeSpan.Zero, policy.SliceAt(place), place, ticket: place).TotalSeconds);

        Assert.InRange(calls, callsMax * 0.95, callsMax);
    }

    [Fact]
    public void Waiter_WaitsForTheSliceOfItsPlace()
    {
        var slices = QueueSlices(QueueOf(200));

        Assert.Equal([4, 4], slices.Take(2));
        for (var place = 3; place <= slices.Count; place++)
        {
            var longest = Math.Min(60, 2 * place);
            Assert.InRange(slices[place - 1], Math.Max(4, longest * 0.75), longest + 0.01);
        }
    }

    [Fact]
    public void Crowd_ThatCameAtOnce_ComesBackEvenlyOverAQuarterOfItsSlice()
    {
        var perSecond = QueueSlices(QueueOf(1_030)).Skip(30).GroupBy(seconds => (int)seconds).ToDictionary(group => group.Key, group => group.Count());

        Assert.Equal(Enumerable.Range(45, 15), perSecond.Keys.Order());
        Assert.All(perSecond.Values, count => Assert.InRange(count, 60, 74));
    }

    [Fact]
    public void Waiter_WhoseSliceEndedSoonerThanItKnows_IsWaitedForAsIfItHadNot()
    {
        var key = QueueOf(40);
        var came = key.Now.Monotonic;
        var last = key.State.Queue.Waiters.Last();
        key.Wait(last.AttachedUntil - came);
        Assert.True(key.Now.Monotonic < came + Sec(60));
        key.EndSlice(last.LeaseId);

        var waiter = key.State.Queue.Waiters.Last();
        Assert.False(waiter.IsAttached(key.Now));
        Assert.Equal(came + Sec(66), waiter.DropAt);
    }

    [Fact]
    public void DeadWaiter_ThatIsNextAfterItsSliceEnded_IsWaitedForNoLongerThanANearOne()
    {
        var key = QueueOf(40);
        var last = key.State.Queue.Waiters.Last();
        key.Wait(last.AttachedUntil - key.Now.Monotonic);
        key.EndSlice(last.LeaseId);
        Leave(key, 39);
        key.Release(A);
        Assert.Equal([last.LeaseId], key.Waiting);
        Assert.Equal(Sec(4), key.State.NextDeadline() - key.Now.Monotonic);

        key.Wait(Sec(4));
        key.Tick();
        Assert.Equal([6], SecondsToDrop(key));

        key.Wait(Sec(6));
        key.Acquire(B);
        Assert.Equal(B, key.Holder);
    }

    [Fact]
    public void RestoredWaiter_ThatComesNear_IsWaitedForThroughTheSliceOfItsOldActivation()
    {
        var key = QueueOf(6);
        key.Restore();
        key.Acquire(Of(5));
        Leave(key, 4);
        key.Wait(Sec(4));
        key.Tick();

        Assert.Equal([62, 6], SecondsToDrop(key));
    }

    [Fact]
    public void FarSlicesOfAMoment_EndAtOneInstant()
    {
        var key = QueueOf(2);
        key.Wait(Instant * 7);
        key.Acquire(Of(2), slice: Sec(4));
        key.Wait(Instant);
        key.Acquire(Of(3), slice: Sec(4));

        var ends = key.State.Queue.Waiters.TakeLast(2).Select(waiter => waiter.AttachedUntil).Distinct();
        Assert.InRange(Assert.Single(ends) - key.Now.Monotonic, Sec(4), Sec(4) + TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public void ShortSliceThatWasAskedFor_IsKeptToTheTick()
    {
        var key = QueueOf(2);
        key.Wait(Instant * 7);
        key.Acquire(Of(2), slice: TimeSpan.FromMilliseconds(250));

        Assert.Equal(key.Now.Monotonic + TimeSpan.FromMilliseconds(250), key.State.Queue.Find(Of(2))!.AttachedUntil);
    }

    [Fact]
    public void Waiter_ThatComesNear_IsRecalledWithinANearSliceAndDroppedIfItIsDead()
    {
        var key = QueueOf(6);
        Leave(key, 4);
        key.Wait(Sec(4) - Instant);
        key.Tick();
        Assert.Empty(key.Events);

        key.Wait(Instant);
        Assert.Equal(key.Now.Monotonic, key.State.NextDeadline());
        key.Tick();
        Assert.Equal(["recalled", "recalled"], key.Events);
        key.Acquire(Of(5), slice: Sec(60));
        Assert.Equal([Of(4), Of(5)], key.Waiting);
        Assert.False(key.State.Queue.First.IsAttached(key.Now));
        Assert.Equal(key.Now.Monotonic + Sec(6), key.State.Queue.First.DropAt);

        key.Release(A);
        key.Wait(Sec(6));
        key.Acquire(Of(5));
        Assert.Equal(Of(5), key.Holder);
    }

    [Fact]
    public void Waiter_ThatComesNearRightAfterItCalled_IsRecalledWithinTwoNearSlicesOfThat()
    {
        var key = QueueOf(10);
        key.Wait(Instant);
        key.Acquire(Of(9));
        Leave(key, 9);
        key.Wait(Sec(4) - Instant);
        key.Tick();
        Assert.Empty(key.Events);

        key.Wait(Sec(4));
        Assert.Equal(key.Now.Monotonic, key.State.NextDeadline());
        key.Tick();
        Assert.Equal(["recalled"], key.Events);
    }

    [Fact]
    public void Recall_TellsOfThoseWithLongSlicesOnly()
    {
        var key = QueueOf(5);
        Leave(key, 3);
        key.Wait(Sec(4));
        key.Tick();

        Assert.Equal(["recalled"], key.Events);
        Assert.Equal([true, false], key.State.Queue.Waiters.Select(waiter => waiter.IsAttached(key.Now)));
    }

    [Fact]
    public void ShortQueue_IsNeverRecalled()
    {
        var key = QueueOf(2);

        Assert.Equal(TimeSpan.MaxValue, key.State.RecallAt);
    }

    [Fact]
    public void Restore_GivesEachTheSliceThatItMayStillBeWaitingIn()
    {
        var key = QueueOf(4);
        key.Restore();

        Assert.Equal([10, 10, 66, 66], SecondsToDrop(key));
        Assert.Equal(key.Now.Monotonic + Sec(10), key.State.NextDeadline());
    }

    [Fact]
    public void Restore_OfOneThatCameNearAndHasNotCalledSince_WaitsForItsLongSlice()
    {
        var key = QueueOf(4);
        Leave(key, 2);
        key.Restore();
        Assert.Equal([66, 66], SecondsToDrop(key));

        key.Acquire(Of(2), slice: Sec(4));
        key.Restore();
        Assert.Equal([10, 66], SecondsToDrop(key));
    }

    [Fact]
    public void Restore_OfOneThatAsksForMoreThanANearSlice_WaitsForIt()
    {
        var key = QueueOf(2);
        key.Acquire(Of(1), slice: Sec(20));
        key.Restore();

        Assert.Equal([10, 66], SecondsToDrop(key));
    }

    private static LockUnderTest QueueOf(int count)
    {
        var key = new LockUnderTest(TwoNear);
        key.Acquire(A, renews: false, lease: Sec(3600));
        for (var number = 0; number < count; number++)
            key.Acquire(Of(number));
        return key;
    }

    private static void Leave(LockUnderTest key, int count)
    {
        for (var number = 0; number < count; number++)
            key.Cancel(Of(number));
    }

    private static IReadOnlyList<double> QueueSlices(LockUnderTest key) =>
        [.. key.State.Queue.Waiters.Select(waiter => (waiter.AttachedUntil - key.Now.Monotonic).TotalSeconds)];

    private static IEnumerable<double> SecondsToDrop(LockUnderTest key) =>
        key.State.Queue.Waiters.Select(waiter => (waiter.DropAt - key.Now.Monotonic).TotalSeconds);
}
