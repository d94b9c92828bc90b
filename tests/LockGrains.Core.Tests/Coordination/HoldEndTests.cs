using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Who waits for the end of a hold acts on it for good, so it is told only what no crash takes back.</summary>
public sealed class HoldEndTests
{
    private readonly LockWorld _world = new();

    [Fact]
    public void End_ByTheClock_IsToldOnlyWhenItIsWritten()
    {
        var key = _world.Activate();
        var token = key.Acquire(A, renews: false).Lease.FencingToken;
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        _world.Advance(Sec(25));
        var end = key.AwaitEnd(token, Sec(60));

        _world.Advance(Sec(6));
        Assert.False(end.IsTold);
        Assert.Equal(1, gate.Arrived);
        Assert.False(key.AwaitEnd(token).IsTold);

        _world.Open(gate);
        Assert.True(end.IsOver);
        Assert.Empty(_world.Record.Holders);
    }

    /// <summary>The silo of a session dies when it has let the session expire, and before it has written that. The session lives on.</summary>
    [Fact]
    public void End_ThatACrashTakesBack_WasToldToNobody()
    {
        var key = _world.Activate();
        var token = key.Acquire(A, renews: false).Lease.FencingToken;
        _world.Advance(Sec(25));
        var end = key.AwaitEnd(token, Sec(60));
        key.Store.Cut();

        _world.Advance(Sec(6));
        Assert.NotEqual(true, end.IsTold ? end.IsOver : null);
        var next = _world.Activate();
        Assert.False(next.AwaitEnd(token).IsOver);
        Assert.IsType<LockReply.Renewed>(next.Renew(A).Reply);
    }

    /// <summary>A release that nobody waits for is told from memory. Who asks after its end has it written.</summary>
    [Fact]
    public void End_ByARelease_IsWrittenForWhoAsks()
    {
        var key = _world.Activate(new LockPolicy { ReleaseWriteDelay = Sec(1) });
        var token = key.Acquire(A).Lease.FencingToken;
        key.Release(A);
        Assert.Single(_world.Record.Holders);

        Assert.True(key.AwaitEnd(token).IsOver);
        Assert.Empty(_world.Record.Holders);
        var writes = key.HeadWrites;
        Assert.True(key.AwaitEnd(token).IsOver);
        Assert.Equal(writes, key.HeadWrites);
    }

    [Fact]
    public void Hold_ThatGoesOn_IsToldAtTheEndOfTheWait()
    {
        var key = _world.Activate();
        var token = key.Acquire(A, renews: false).Lease.FencingToken;
        Assert.False(key.AwaitEnd(token).IsOver);
        var end = key.AwaitEnd(token, Sec(10));

        _world.Advance(Sec(10) - Instant);
        Assert.False(end.IsTold);
        _world.Advance(Instant);
        Assert.False(end.IsOver);
    }

    [Fact]
    public void Wait_IsAMinuteAtMost()
    {
        var key = _world.Activate();
        var token = key.Acquire(A, renews: false, lease: Sec(3600)).Lease.FencingToken;
        var end = key.AwaitEnd(token, TimeSpan.MaxValue);

        _world.Advance(Sec(60));
        Assert.False(end.IsOver);
    }

    /// <summary>An activation that was forgotten hears nothing of an end: within the lease it must be asked again, and so be found out.</summary>
    [Fact]
    public void Wait_IsAThirdOfTheLeaseAtMost()
    {
        var key = _world.Activate();
        var token = key.Acquire(A, renews: false, lease: Sec(15)).Lease.FencingToken;
        var end = key.AwaitEnd(token, Sec(20));

        _world.Advance(Sec(5) - Instant);
        Assert.False(end.IsTold);
        _world.Advance(Instant);
        Assert.False(end.IsOver);
    }

    /// <summary>Nobody can wait any more, but that it lives was proven.</summary>
    [Fact]
    public void Wait_OfOneMoreThanMay_IsToldThatItIsNotOver()
    {
        var key = _world.Activate(new LockPolicy { WatchersMax = 1 });
        var token = key.Acquire(A, renews: false).Lease.FencingToken;
        var first = key.AwaitEnd(token, Sec(5));

        Assert.False(key.AwaitEnd(token, Sec(5)).IsOver);
        Assert.False(first.IsTold);
    }

    [Fact]
    public void End_AfterWhichOthersHold_IsToldAtOnce()
    {
        var key = _world.Activate();
        var token = key.Acquire(A, renews: false).Lease.FencingToken;
        key.Acquire(B);
        var end = key.AwaitEnd(token, Sec(60));

        key.Release(A);
        Assert.True(end.IsOver);
    }

    /// <summary>Changes that are none of its end do not end the wait.</summary>
    [Fact]
    public void Change_OfSomethingElse_IsNoEnd()
    {
        var key = _world.Activate();
        var token = key.Acquire(A, renews: false).Lease.FencingToken;
        var end = key.AwaitEnd(token, Sec(60));

        key.Acquire(B);
        key.Execute(new LockCommand.SetValue(A, new NewValue([1], null), IfVersion: 0));
        _world.Advance(Sec(1));
        Assert.False(end.IsTold);
    }

    /// <summary>Its records may be there and not be readable as such, so that there are none is proven by a write.</summary>
    [Fact]
    public void Key_WithoutARecord_ProvesThatByAWriteFirst()
    {
        var key = _world.Activate();

        Assert.True(key.AwaitEnd(new FencingToken(1)).IsOver);
        Assert.Equal(1, key.HeadWrites);
        Assert.True(_world.Record.LastToken > new FencingToken(1));
    }

    [Fact]
    public void Key_WithARecordThatCannotBeSeen_SaysNothing()
    {
        var key = _world.Activate();
        key.Store.FailNext(StoreFault.Conflict, StoreOperation.CompareAndSet);

        Assert.Null(key.AwaitEnd(new FencingToken(1)).IsOver);
    }

    [Fact]
    public void ForgottenActivation_SaysNothing()
    {
        var key = _world.Activate();
        var token = key.Acquire(A).Lease.FencingToken;
        key.Release(A);
        _world.Advance(Sec(1));
        _world.Activate().Acquire(B);

        Assert.Null(key.AwaitEnd(token).IsOver);
    }

    /// <summary>Where its word counted, a lock would be told that a session lives which another activation has ended.</summary>
    [Fact]
    public void ForgottenActivation_ThatTakesTheHoldForCurrent_SaysNothing()
    {
        var key = _world.Activate();
        var token = key.Acquire(A).Lease.FencingToken;
        _world.Activate().Revoke();
        _world.Advance(Sec(3));

        Assert.Null(key.AwaitEnd(token).IsOver);
    }

    [Theory]
    [InlineData(StoreFault.FailBefore)]
    [InlineData(StoreFault.ApplyThenFail)]
    [InlineData(StoreFault.Conflict)]
    public void Storage_InTrouble_SaysNothing(StoreFault fault)
    {
        var key = _world.Activate(new LockPolicy { ReleaseWriteDelay = Sec(1) });
        var token = key.Acquire(A).Lease.FencingToken;
        key.Release(A);
        key.Store.FailNext(fault, StoreOperation.CompareAndSet);

        Assert.Null(key.AwaitEnd(token).IsOver);
    }

    [Fact]
    public void Activation_ThatEnds_SaysNothing()
    {
        var key = _world.Activate();
        var token = key.Acquire(A).Lease.FencingToken;
        var end = key.AwaitEnd(token, Sec(60));

        key.Stop();
        Assert.Null(end.IsOver);
    }

    [Fact]
    public void Caller_ThatHasGone_WaitsNoMore()
    {
        var key = _world.Activate();
        var token = key.Acquire(A).Lease.FencingToken;
        using var gone = new CancellationTokenSource();
        var end = key.AwaitEnd(token, Sec(60), gone.Token);

        _world.Cancel(gone);
        Assert.True(end.IsCancelled);
    }
}
