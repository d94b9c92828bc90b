using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>The limit that an operator sets for a key: it bounds newcomers, takes nothing away, and is set by version.</summary>
public sealed class KeyLimitTests
{
    private readonly LockUnderTest _key = new();

    [Fact]
    public void Limit_IsSet_BoundsRequestsThatNameNone()
    {
        SetLimit(2, ifVersion: 0);
        Granted(A, permits: 2);

        Assert.IsType<LockReply.Queued>(_key.Do(Ask(B)));
        _key.Release(A);
        Assert.Equal([B], _key.State.Holders.Select(lease => lease.LeaseId));
    }

    [Fact]
    public void Limit_IsSet_NumbersPermitsOfRequestsThatNameNone()
    {
        SetLimit(3, ifVersion: 0);

        Assert.Equal<int>([0, 1], Granted(A, permits: 2).Numbers);
        Assert.Equal<int>([2], Granted(B).Numbers);
    }

    [Theory]
    [InlineData(LockPolicy.NumbersMax, 1)]
    [InlineData(LockPolicy.NumbersMax + 1, 0)]
    public void Limit_ThatIsHuge_NumbersNoPermits(int limit, int numbers)
    {
        SetLimit(limit, ifVersion: 0);

        Assert.Equal(numbers, Granted(A).Numbers.Length);
    }

    [Theory]
    [InlineData(LockMode.Exclusive)]
    [InlineData(LockMode.Upgradeable)]
    public void Limit_IsSet_GivesNoNumberToAHoldThatMayWrite(LockMode mode)
    {
        SetLimit(3, ifVersion: 0);
        _key.Ask(A, mode);
        Assert.Null(_key.Hold(A).Extent);

        _key.Downgrade(A, 1);
        Assert.Empty(_key.Numbers(A));
        Assert.Equal<int>([0, 1], Granted(B, permits: 2).Numbers);
        Assert.IsType<LockReply.Queued>(_key.Do(Ask(C)));
    }

    [Fact]
    public void Limit_OfOne_LetsAnUpgradeableHoldInAloneAndUpgrade()
    {
        SetLimit(1, ifVersion: 0);
        Granted(A);
        Assert.IsType<LockReply.Queued>(_key.ShareToUpgrade(B));
        _key.Release(A);

        Assert.IsType<LockReply.Granted>(_key.Upgrade(B, 1));
        Assert.Empty(_key.Numbers(B));
    }

    [Theory]
    [InlineData(2, 5)]
    [InlineData(5, 2)]
    public void Limit_AndTheRequestsOwn_BothCount(int own, int keys)
    {
        SetLimit(keys, ifVersion: 0);
        Granted(A, permits: 2, limit: own);

        Assert.IsType<LockReply.Queued>(_key.Do(Ask(B, limit: own)));
    }

    [Fact]
    public void Raised_AdmitsThoseWhoWait_InTheSameStep()
    {
        SetLimit(1, ifVersion: 0);
        Granted(A);
        _key.Do(Ask(B));
        _key.Do(Ask(C));
        SetLimit(3, ifVersion: 1);

        Assert.Equal([A, B, C], _key.State.Holders.Select(lease => lease.LeaseId));
        Assert.Equal(AnswerAfter.Write, _key.Last.After);
    }

    [Fact]
    public void Removed_AdmitsThoseWhoWait_AndWhoeverAsksForMore()
    {
        SetLimit(1, ifVersion: 0);
        Granted(A);
        _key.Do(Ask(B));
        SetLimit(0, ifVersion: 1);

        Assert.Equal(["granted"], _key.Events);
        Assert.Empty(Granted(C, permits: 7).Numbers);
        Assert.Equal([A, B, C], _key.Holders);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    public void Changed_LeavesEveryHoldAsItWas(int limit)
    {
        SetLimit(4, ifVersion: 0);
        Granted(A, permits: 2);
        Granted(B);
        _key.ShareToUpgrade(C);
        var holders = _key.State.Holders;
        SetLimit(limit, ifVersion: 1);

        Assert.Equal(3, holders.Length);
        Assert.Equal(holders, _key.State.Holders.AsEnumerable());
        Assert.Empty(_key.Events);
    }

    [Fact]
    public void Lowered_TakesNothingAway_AndKeepsNewcomersWaiting()
    {
        SetLimit(3, ifVersion: 0);
        Granted(A, permits: 2);
        Granted(B);
        SetLimit(1, ifVersion: 1);
        Assert.Equal(2, _key.State.Holders.Length);

        _key.Do(Ask(C));
        _key.Release(A);
        Assert.Equal([C], _key.Waiting);
        _key.Release(B);
        Assert.Empty(_key.Waiting);
    }

    [Fact]
    public void Lowered_WhoWaitsForMore_IsDeniedAndDoesNotBlock()
    {
        SetLimit(3, ifVersion: 0);
        Granted(A);
        _key.Do(Ask(B, permits: 3));
        _key.Do(Ask(C));
        SetLimit(2, ifVersion: 1);

        Assert.Contains("wait Refused", _key.Events);
        Assert.Equal([A, C], _key.State.Holders.Select(lease => lease.LeaseId));
        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(_key.Do(Ask(B, permits: 3))).Reason);
    }

    /// <summary>All behind the first waited for its client to come back. With it gone, nobody has to.</summary>
    [Fact]
    public void Lowered_WhereTheFirstIsNotThere_GrantsTheNextInTheSameStep()
    {
        SetLimit(3, ifVersion: 0);
        Granted(A);
        _key.Do(Ask(B, permits: 3));
        _key.Do(Ask(C));
        _key.Detach(B);
        _key.Release(A);
        Assert.Equal([B, C], _key.Waiting);
        SetLimit(2, ifVersion: 1);

        Assert.Equal(["wait Refused", "granted"], _key.Events);
        Assert.Equal(C, _key.Holder);
        Assert.Equal((AnswerAfter.Write, EndReason.Refused), (_key.Last.After, _key.State.Ended.Find(B)));
    }

    /// <summary>Two wait for two permits each. Then both come in, none is left, both stay, or one comes in.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    [InlineData(4, 1)]
    public void Changed_WhileSomeWait_TheTimerDoesNotSpin(int limit, int waiting)
    {
        SetLimit(3, ifVersion: 0);
        _key.Share(A, permits: 2);
        _key.Share(B, permits: 2);
        _key.Share(C, permits: 2);
        SetLimit(limit, ifVersion: 1);
        Assert.Equal(waiting, _key.Waiting.Count());

        _key.Wait(Sec(15));
        _key.Tick();
        Assert.True(_key.NextDeadline > _key.Now.Monotonic);
        _key.Pass(Sec(60));
        Assert.Empty(_key.Waiting);
    }

    [Fact]
    public void Acquire_OverTheLimit_IsDeniedAtOnce_AndNamesBoth()
    {
        SetLimit(3, ifVersion: 0);
        var denied = Assert.IsType<LockReply.Denied>(_key.Do(Ask(A, permits: 4)));

        Assert.Equal((DenyReason.Limit, "Permits is 4; the limit of the key is 3."), (denied.Reason, denied.Detail));
        Assert.Empty(_key.Waiting);
    }

    [Fact]
    public void Acquire_Exclusive_TakesAllWhateverTheLimit()
    {
        SetLimit(1, ifVersion: 0);

        Assert.IsType<LockReply.Granted>(_key.Acquire(A));
        Assert.IsType<LockReply.Queued>(_key.Do(Ask(B)));
    }

    [Fact]
    public void Set_LateCopyOrAnotherVersion_ChangesNothing()
    {
        Assert.Equal((false, 3, 1L), SetLimit(3, ifVersion: 0));
        Assert.Equal((false, 3, 1L), SetLimit(3, ifVersion: 0));
        Assert.Equal(AnswerAfter.Validation, _key.Last.After);
        Assert.Equal((false, 5, 2L), SetLimit(5, ifVersion: 1));
        Assert.Equal((true, 5, 2L), SetLimit(3, ifVersion: 0));
        Assert.Equal((true, 5, 2L), SetLimit(9, ifVersion: 7));
        Assert.Equal((false, 0, 3L), SetLimit(0, ifVersion: 2));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_001)]
    public void Set_OutOfRange_IsInvalid(int limit)
    {
        var denied = Assert.IsType<LockReply.Denied>(_key.Do(new LockCommand.SetLimit(limit, 0)));

        Assert.Equal(DenyReason.Invalid, denied.Reason);
        Assert.StartsWith($"Limit is {limit}; it must be from 1 to 1000000", denied.Detail, StringComparison.Ordinal);
        Assert.Null(_key.State.Data);
    }

    [Fact]
    public void Set_OfAVersionBelowZero_IsInvalid()
    {
        var denied = Assert.IsType<LockReply.Denied>(_key.Do(new LockCommand.SetLimit(0, IfVersion: -1)));

        Assert.Equal((DenyReason.Invalid, "IfVersion is -1; it must be 0 or more."), (denied.Reason, denied.Detail));
        Assert.Null(_key.State.Data);
    }

    [Fact]
    public void Restored_KnowsLimitAndVersion()
    {
        SetLimit(2, ifVersion: 0);
        Granted(A, permits: 2);
        _key.Restore();

        Assert.IsType<LockReply.Queued>(_key.Do(Ask(B)));
        Assert.Equal((true, 2, 1L), SetLimit(9, ifVersion: 0));
    }

    private static LockCommand.Acquire Ask(LeaseId leaseId, int permits = 1, int limit = 0) =>
        new(new LockRequest(leaseId, "somebody", LockMode.Shared, Sec(30), Renews: true) { Permits = permits, Limit = limit }, Forever);

    private Lease Granted(LeaseId leaseId, int permits = 1, int limit = 0) => Assert.IsType<LockReply.Granted>(_key.Do(Ask(leaseId, permits, limit))).Lease;

    private (bool IsConflict, int Limit, long Version) SetLimit(int limit, long ifVersion)
    {
        var reply = Assert.IsType<LockReply.LimitIs>(_key.Do(new LockCommand.SetLimit(limit, ifVersion)));
        return (reply.IsConflict, reply.Limit, reply.Version);
    }
}
