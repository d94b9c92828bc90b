using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Who watches a key is told its latest state when it has changed: never what may be lost, never what is older than before, and at no cost to others.</summary>
public sealed class WatchTests
{
    private readonly LockWorld _world = new();

    [Fact]
    public void Watch_OfAKeyThatNeverWas_IsToldAtOnceAndMakesNoRecord()
    {
        var key = _world.Activate();

        var info = key.Watch().Info;
        Assert.Equal((true, 0, 0, 0L), (info.Known, info.HolderCount, info.QueueLength, info.LastFencingToken));
        Assert.Empty(info.Recent);
        _world.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_world.Records.Names);
    }

    [Fact]
    public void Watch_OfAKeyThatNeverWas_IsToldItsFirstGrant()
    {
        var key = _world.Activate();
        var watch = WatchFromNow(key);

        key.Acquire(A);
        Assert.Equal("somebody", watch.Info.Holder!.OwnerId);
    }

    [Fact]
    public void Watch_NothingChanges_IsToldTheSameAtTheEndOfItsSlice()
    {
        var key = _world.Activate();
        key.Acquire(A, renews: false);
        var first = key.Watch();
        var watch = key.Watch(first.Cursor, slice: Sec(4));

        _world.Advance(Sec(4) - Instant);
        Assert.False(watch.IsTold);
        _world.Advance(Instant);
        Assert.Equal(first.Cursor, watch.Cursor);
        Assert.Equal(Sec(4), watch.Info.Holder!.HeldFor);
    }

    [Fact]
    public void Watch_WithoutASlice_WaitsForAMinuteAndNoLonger()
    {
        var key = _world.Activate();
        var cursor = key.Watch().Cursor;
        WatchCall[] watches = [key.Watch(cursor), key.Watch(cursor, slice: TimeSpan.MaxValue)];

        _world.Advance(Sec(60) - Instant);
        Assert.All(watches, watch => Assert.False(watch.IsTold));
        _world.Advance(Instant);
        Assert.All(watches, watch => Assert.Equal(cursor, watch.Cursor));
    }

    public static TheoryData<string> Changes =>
        ["grant", "release", "waiter", "waiter leaves", "expiry", "revocation", "value", "limit", "reader", "upgrade waits", "upgrade", "downgrade"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Change_OfWhatIsShown_IsToldOnce(string change)
    {
        var key = _world.Activate();
        var make = Prepare(key, change);
        _world.Advance(Sec(1));
        var watch = WatchFromNow(key);
        Assert.False(watch.IsTold);

        make();
        _world.Advance(Ms(20));
        Assert.True(watch.IsTold);
        Assert.False(key.Watch(watch.Cursor).IsTold);
    }

    [Fact]
    public void RenewalsHeartbeatsAndCallsThatEnd_AreNoChange()
    {
        var key = _world.Activate();
        key.Acquire(A);
        key.Acquire(B, beats: Sec(3));
        _world.Advance(Sec(1));
        var watch = WatchFromNow(key);

        key.Renew(A);
        key.Beat(B);
        key.Acquire(B, beats: Sec(3));
        _world.Advance(Ms(500));
        Assert.False(watch.IsTold);
    }

    [Fact]
    public void Value_ThatWasKeptForATime_IsToldToBeGoneWhenThatIsOver()
    {
        var key = _world.Activate();
        key.Acquire(A, renews: false, lease: Sec(300));
        key.Execute(new LockCommand.SetValue(A, new NewValue([1], Sec(10)), IfVersion: 0));
        var watch = WatchFromNow(key);

        _world.Advance(Sec(10) - Ms(1));
        Assert.False(watch.IsTold);
        _world.Advance(Ms(2));
        Assert.Null(watch.Info.Value);
        Assert.False(key.Watch(watch.Cursor).IsTold);
    }

    /// <summary>Its lease ran out, which is no event: its holder may still renew it.</summary>
    [Fact]
    public void Lock_ThatIsHeldBack_IsToldWhenThatBeginsAndWhenARenewalEndsIt()
    {
        var key = _world.Activate();
        var request = new LockRequest(A, "somebody", LockMode.Exclusive, Sec(30), Renews: false) { Delay = Sec(15) };
        key.Execute(new LockCommand.Acquire(request, TimeSpan.Zero));
        var watch = WatchFromNow(key);

        _world.Advance(Sec(30) - Instant);
        Assert.False(watch.IsTold);
        _world.Advance(Instant);
        Assert.True(watch.Info.Holder!.IsHeldBack);

        var next = key.Watch(watch.Cursor);
        Assert.False(next.IsTold);
        key.Renew(A);
        Assert.False(next.Info.Holder!.IsHeldBack);
    }

    [Fact]
    public void Watch_WithAnOldCursor_IsToldOnlyTheLatestState()
    {
        var key = _world.Activate();
        var cursor = key.Watch().Cursor;
        key.Acquire(A);
        key.Acquire(B);
        key.Release(A);

        var info = key.Watch(cursor).Info;
        Assert.Equal((1, 0), (info.HolderCount, info.QueueLength));
        Assert.Equal(key.Hold(B).FencingToken.Value, info.Holder!.FencingToken);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rubbish")]
    [InlineData("7fffffffffffffff-3")]
    public void Watch_WithACursorThatNobodyGave_IsToldAtOnce(string cursor)
    {
        var key = _world.Activate();
        key.Acquire(A);

        Assert.Equal(1, key.Watch(cursor).Info.HolderCount);
    }

    [Fact]
    public void Stop_AndQuarantine_EndEveryWatch()
    {
        var stopping = _world.Activate();
        var first = WatchFromNow(stopping);
        stopping.Stop();
        Assert.Equal(WatchStatus.Unknown, first.Status);
        Assert.Equal(WatchStatus.Unknown, stopping.Watch().Status);

        var failing = _world.Activate();
        var second = WatchFromNow(failing);
        failing.Store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndSet);
        failing.Acquire(A);
        Assert.Equal(WatchStatus.Unknown, second.Status);
        Assert.NotEmpty(second.Reply.Detail!);
    }

    [Fact]
    public void Watch_WhoseCallerHasGone_IsForgotten()
    {
        var world = new LockWorld(new LockPolicy { WatchersMax = 1 });
        var key = world.Activate();
        var cursor = key.Watch().Cursor;
        using var leaving = new CancellationTokenSource();
        var gone = key.Watch(cursor, cancellationToken: leaving.Token);
        Assert.Equal(WatchStatus.Refused, key.Watch(cursor).Status);

        world.Cancel(leaving);
        Assert.True(gone.IsCancelled);
        Assert.False(key.Watch(cursor).IsTold);
    }

    [Fact]
    public void Watchers_BeyondTheirMost_AreRefusedAndTheOthersGoOn()
    {
        var world = new LockWorld(new LockPolicy { WatchersMax = 3 });
        var key = world.Activate();
        var cursor = key.Watch().Cursor;
        WatchCall[] watches = [.. Enumerable.Range(0, 3).Select(_ => key.Watch(cursor))];

        foreach (var refused in new[] { key.Watch(cursor), key.Watch() })
        {
            Assert.Equal(WatchStatus.Refused, refused.Status);
            Assert.Equal("3 calls watch this lock, and its silo allows no more (WatchersMax).", refused.Reply.Detail);
        }

        key.Acquire(A);
        Assert.All(watches, watch => Assert.Same(watches[0].Reply, watch.Reply));
        Assert.Equal(1, key.Watch().Info.HolderCount);
    }

    [Theory]
    [InlineData(0, "Slice is 0; it must be more than 0, and not infinite.")]
    [InlineData(-5, "Slice is -5ms; it must be more than 0, and not infinite.")]
    public void Slice_ThatIsNone_IsRefused(int milliseconds, string detail)
    {
        var reply = _world.Activate().Watch(slice: Ms(milliseconds)).Reply;

        Assert.Equal((WatchStatus.Refused, detail), (reply.Status, reply.Detail));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_001)]
    public void WatchersMax_OutOfRange_IsNamedWithValueAndRange(int most) =>
        Assert.Equal([$"WatchersMax is {most}; it must be from 1 to 1000000."], new LockPolicy { WatchersMax = most }.Problems());

    [Fact]
    public void Watch_OfALongQueue_ListsItsHead()
    {
        var key = _world.Activate();
        key.Acquire(Of(0));
        for (var waiter = 1; waiter <= 10_000; waiter++)
            key.Acquire(Of(waiter));

        var info = key.Watch().Info;
        Assert.Equal((10_000, 100), (info.QueueLength, info.Waiters.Length));
    }

    [Fact]
    public void Watch_DoesNotKeepAKeyFromBeingForgotten_AndIsToldOfIt()
    {
        var key = _world.Activate();
        key.Acquire(A);
        key.Release(A);
        _world.Advance(Sec(1));
        var watch = key.Watch();
        Assert.True(watch.Info.LastFencingToken > 0);
        for (var slice = 0; slice < 10 && watch.Info.LastFencingToken > 0; slice++)
        {
            watch = key.Watch(watch.Cursor);
            _world.Advance(Sec(60));
        }

        Assert.Equal(0, watch.Info.LastFencingToken);
        Assert.Empty(_world.Records.Names);
        Assert.True(key.Coordinator.IsAlive);
    }

    [Fact]
    public void Watch_WhileNothingChanges_CostsOneReadASliceAndNoWrite()
    {
        var key = _world.Activate();
        key.Acquire(A, renews: false, lease: Sec(3600));
        var cursor = key.Watch().Cursor;
        WatchCall[] watches = [.. Enumerable.Range(0, 100).Select(_ => key.Watch(cursor))];
        var (loads, writes) = (key.HeadLoads, key.HeadWrites);

        _world.Advance(Sec(60));
        Assert.All(watches, watch => Assert.True(watch.IsTold));
        Assert.Equal((loads + 1, writes), (key.HeadLoads, key.HeadWrites));
    }

    [Fact]
    public void Watch_WithoutValidationAge_IsProvenEachTimeAndStillTold()
    {
        var world = new LockWorld(new LockPolicy { ValidationAge = TimeSpan.Zero });
        var key = world.Activate();
        key.Acquire(A);
        var watch = key.Watch(key.Watch().Cursor);
        var loads = key.HeadLoads;

        key.Acquire(B);
        Assert.Equal(1, watch.Info.QueueLength);
        Assert.Equal(loads + 1, key.HeadLoads);
    }

    private static WatchCall WatchFromNow(Activation key) => key.Watch(key.Watch().Cursor);

    private Action Prepare(Activation key, string change)
    {
        switch (change)
        {
            case "grant":
                return () => key.Acquire(A);
            case "release":
                key.Acquire(A);
                return () => key.Release(A);
            case "waiter":
                key.Acquire(A);
                return () => key.Acquire(B);
            case "waiter leaves":
                key.Acquire(A);
                key.Acquire(B);
                return () => key.Cancel(B);
            case "expiry":
                key.Acquire(A, renews: false, lease: Sec(5));
                return () => _world.Advance(Sec(5));
            case "revocation":
                key.Acquire(A);
                return () => key.Revoke();
            case "value":
                key.Acquire(A);
                return () => key.Execute(new LockCommand.SetValue(A, new NewValue([1], KeepFor: null), IfVersion: 0));
            case "limit":
                return () => key.Execute(new LockCommand.SetLimit(3, IfVersion: 0));
            case "reader":
                key.Share(A);
                return () => key.Share(B);
            default:
                return PrepareUpgrade(key, change);
        }
    }

    private static Action PrepareUpgrade(Activation key, string change)
    {
        key.ShareToUpgrade(A);
        switch (change)
        {
            case "upgrade waits":
                key.Share(B);
                return () => key.Upgrade(A, change: 1);
            case "upgrade":
                return () => key.Upgrade(A, change: 1);
            default:
                return () => key.Downgrade(A, change: 1);
        }
    }
}
