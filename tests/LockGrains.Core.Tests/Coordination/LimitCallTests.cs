using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Calls that wait for permits while an operator changes the limit of their key.</summary>
public sealed class LimitCallTests
{
    [Fact]
    public void Lowered_WhoWaitsForMore_IsToldBothNumbersWhenThatIsWritten()
    {
        var (world, key) = WithLimitOfThree();
        var (more, next) = (key.Share(B, permits: 3), key.Share(C));
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        var lower = key.Execute(new LockCommand.SetLimit(2, 1));
        Assert.Equal((1, false, false, false), (gate.Arrived, lower.IsAnswered, more.IsAnswered, next.IsAnswered));

        world.Open(gate);

        Assert.Equal(new LockReply.LimitIs(2, 2), lower.Reply);
        Assert.Equal((DenyReason.Limit, "Permits is 3; the limit of the key is 2."), (more.DenyReason, Assert.IsType<LockReply.Denied>(more.Reply).Detail));
        Assert.Equal([1], next.Lease.Numbers.AsEnumerable());
        Assert.Equal([A, C], world.Record.Holders.Select(lease => lease.LeaseId));
        Assert.Equal(2, world.Record.Data!.Limit);
    }

    [Fact]
    public void Lowered_AfterATakeover_StillTurnsAwayTheCopyAndTheNextRequest()
    {
        var (world, first) = WithLimitOfThree();
        first.Share(B, permits: 3);
        first.Execute(new LockCommand.SetLimit(2, 1));
        var second = world.Replace(first);

        Assert.Equal(DenyReason.Ended, second.Share(B, permits: 3).DenyReason);
        Assert.Equal(DenyReason.Limit, second.Share(D, permits: 3).DenyReason);
        Assert.Equal([1], second.Share(C).Lease.Numbers.AsEnumerable());
    }

    [Fact]
    public void Lowered_WhereTheWriteFails_TellsNobodyThatItIsSo()
    {
        var (world, key) = WithLimitOfThree();
        var more = key.Share(B, permits: 3);
        key.Store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndSet);

        Assert.True(key.Execute(new LockCommand.SetLimit(2, 1)).IsUnknown);

        Assert.True(more.IsUnknown);
        Assert.Equal(3, world.Record.Data!.Limit);
    }

    [Fact]
    public void RequestAndALowerLimit_InOneBatch_AreBothAnswered()
    {
        var (world, key) = WithLimitOfThree();
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);
        var (more, lower) = (key.Share(B, permits: 3), key.Execute(new LockCommand.SetLimit(2, 1)));
        world.Open(gate);

        // Its client asks again under another id, and is told the limit then.
        Assert.Equal(DenyReason.Ended, more.DenyReason);
        Assert.Equal(new LockReply.LimitIs(2, 2), lower.Reply);
        Assert.Equal(DenyReason.Limit, key.Share(C, permits: 3).DenyReason);
    }

    [Fact]
    public void Raised_LetsACallThatWaitsIn_WithTheSameWrite()
    {
        var (world, key) = WithLimitOfThree();
        var call = key.Share(B, permits: 3);
        var writes = key.HeadWrites;

        key.Execute(new LockCommand.SetLimit(4, 1));

        Assert.Equal([1, 2, 3], call.Lease.Numbers.AsEnumerable());
        Assert.Equal((writes + 1, 4), (key.HeadWrites, world.Record.Data!.Limit));
    }

    /// <summary>A key whose limit is three, and one permit of it is taken.</summary>
    private static (LockWorld World, Activation Key) WithLimitOfThree()
    {
        var world = new LockWorld();
        var key = world.Activate();
        Assert.Equal(new LockReply.LimitIs(3, 1), key.Execute(new LockCommand.SetLimit(3, 0)).Reply);
        Assert.Equal([0], key.Share(A).Lease.Numbers.AsEnumerable());
        return (world, key);
    }
}
