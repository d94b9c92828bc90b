using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Permits: all or none, within the limit that the request itself names, in strict order.</summary>
public sealed class PermitTests
{
    [Fact]
    public void Permits_WithinTheLimit_AreTakenSideBySide()
    {
        var key = new LockUnderTest();
        Assert.Equal(2, Assert.IsType<LockReply.Granted>(key.Share(A, permits: 2, limit: 3)).Lease.Permits);
        Assert.Equal(1, Assert.IsType<LockReply.Granted>(key.Share(B, permits: 1, limit: 3)).Lease.Permits);

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.TryShare(C, permits: 1, limit: 3));
        Assert.Equal(new LockReply.Queued(1, 1, 1), key.Share(C, permits: 1, limit: 3));
        key.Release(B);

        Assert.Equal([A, C], key.Holders);
    }

    [Fact]
    public void SmallRequest_ThatWouldFit_NeverPassesABigOne()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 2, limit: 3);
        Assert.IsType<LockReply.Queued>(key.Share(B, permits: 2, limit: 3));

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 1), key.TryShare(C, permits: 1, limit: 3));
        Assert.Equal(new LockReply.Queued(2, 2, 2), key.Share(C, permits: 1, limit: 3));
        Assert.Equal([A], key.Holders);

        key.Release(A);
        Assert.Equal([B, C], key.Holders);
        Assert.Equal(["lease Released", "granted", "granted"], key.Events);
    }

    [Fact]
    public void BigRequest_IsGrantedWhenAllOfItFits()
    {
        var key = new LockUnderTest();
        key.Share(A, limit: 3);
        key.Share(B, limit: 3);
        key.Share(C, limit: 3);
        key.Share(D, permits: 3, limit: 3);

        key.Release(A);
        key.Release(B);
        Assert.Equal([C], key.Holders);
        key.Release(C);
        Assert.Equal([D], key.Holders);
    }

    [Fact]
    public void PermitsThatAreReleased_GoToAsManyAsFitInTheirOrder()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 4, limit: 4);
        key.Share(Of(1), permits: 1, limit: 4);
        key.Share(Of(2), permits: 2, limit: 4);
        key.Share(Of(3), permits: 2, limit: 4);
        key.Share(Of(4), permits: 1, limit: 4);

        key.Release(A);

        // The last would fit, and stays behind the one that does not.
        Assert.Equal([Of(1), Of(2)], key.Holders);
        Assert.Equal([Of(3), Of(4)], key.Waiting);
        key.Release(Of(1));
        Assert.Equal([Of(2), Of(3)], key.Holders);
    }

    /// <summary>A rolling deployment with a new limit: each request is within the one that it names itself.</summary>
    [Fact]
    public void Limit_IsTheRequestsOwn()
    {
        var key = new LockUnderTest();
        Assert.IsType<LockReply.Granted>(key.Share(A, permits: 3, limit: 3));
        Assert.IsType<LockReply.Granted>(key.Share(B, permits: 2, limit: 5));

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.TryShare(C, permits: 1, limit: 5));
        Assert.IsType<LockReply.Queued>(key.Share(C, permits: 1, limit: 3));
        key.Release(B);
        Assert.Equal([A], key.Holders);

        // Five would let it in, but it is behind one whose limit is three.
        Assert.IsType<LockReply.Queued>(key.Share(D, permits: 1, limit: 5));
        key.Release(A);
        Assert.Equal([C, D], key.Holders);
    }

    [Fact]
    public void RequestWithoutALimit_AlwaysFitsBesideOthers_AndItsPermitsCount()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 3, limit: 3);
        Assert.IsType<LockReply.Granted>(key.Share(B, permits: 7));
        key.Release(A);

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.TryShare(C, permits: 1, limit: 7));
        Assert.IsType<LockReply.Granted>(key.TryShare(C, permits: 1, limit: 8));
    }

    [Fact]
    public void UpgradeableHold_TakesOnePermit()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.TryShare(B, permits: 3, limit: 3));
        Assert.IsType<LockReply.Granted>(key.TryShare(B, permits: 2, limit: 3));
    }

    [Fact]
    public void ExclusiveRequest_TakesTheWholeSemaphore()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 1, limit: 3);
        key.Acquire(B);
        key.Share(C, permits: 1, limit: 3);
        Assert.Equal([A], key.Holders);

        key.Release(A);
        Assert.Equal([B], key.Holders);
        key.Release(B);
        Assert.Equal([C], key.Holders);
    }

    [Fact]
    public void FirstRequest_ForAllThatItsLimitAllows_FitsAFreeLock()
    {
        var key = new LockUnderTest();

        Assert.IsType<LockReply.Granted>(key.TryShare(A, permits: LockPolicy.PermitsMax, limit: LockPolicy.PermitsMax));
    }

    [Fact]
    public void Permits_MoreThanANumberOf32BitsHolds_AreStillCounted()
    {
        var key = new LockUnderTest(new LockPolicy { HoldersMax = 4096 });
        key.Share(A, permits: LockPolicy.PermitsMax);
        var hold = key.Hold(A);
        key.State = key.State with
        {
            Holders = [.. Enumerable.Range(0, 4000).Select(number => hold with { Request = hold.Request with { LeaseId = Of(number) } })],
        };

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.TryShare(B, permits: 1, limit: LockPolicy.PermitsMax));
        Assert.IsType<LockReply.Granted>(key.TryShare(C));
    }

    [Fact]
    public void Permits_AfterAFailover_AreStillTaken()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 2, limit: 3);
        key.Share(B, permits: 2, limit: 3);
        key.Restore();

        Assert.Equal(2, key.Hold(A).Permits);
        Assert.Equal((2, 3), (key.State.Queue.First.Request.Permits, key.State.Queue.First.Request.Limit));
        Assert.Equal(new LockReply.Queued(1, 1, 1), key.Share(B, permits: 2, limit: 3));
        key.Release(A);
        Assert.Equal([B], key.Holders);
    }

    [Fact]
    public void WaiterThatGivesUp_MakesRoomForASmallerOneInThatStep()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 2, limit: 3);
        key.Share(B, permits: 3, limit: 3, wait: Sec(3));
        key.Share(C, permits: 1, limit: 3);
        key.Wait(Sec(3));

        Assert.Equal(DenyReason.TimedOut, Assert.IsType<LockReply.Denied>(key.EndSlice(B)).Reason);

        Assert.Equal([A, C], key.Holders);
        Assert.Equal(["wait TimedOut", "granted"], key.Events);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
    }
}
