using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>The numbers of permits: the lowest that are free, and no number twice. A resource checks them beside the fencing token.</summary>
public sealed class PermitNumberTests
{
    [Fact]
    public void Numbers_AreTheLowestThatAreFree()
    {
        var key = new LockUnderTest();
        key.Share(A, limit: 3);
        key.Share(B, limit: 3);
        key.Share(C, limit: 3);
        Assert.Equal([0], key.Numbers(A));
        Assert.Equal([1], key.Numbers(B));
        Assert.Equal([2], key.Numbers(C));

        key.Release(B);
        key.Share(D, limit: 3);

        Assert.Equal([1], key.Numbers(D));
    }

    [Fact]
    public void Numbers_OfSeveralPermits_FillTheGaps()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 2, limit: 5);
        key.Share(B, permits: 1, limit: 5);
        key.Release(A);

        key.Share(C, permits: 4, limit: 5);

        Assert.Equal([2], key.Numbers(B));
        Assert.Equal([0, 1, 3, 4], key.Numbers(C));
    }

    [Fact]
    public void Numbers_OfThoseGrantedInOneStep_AreDistinct()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Share(B, permits: 2, limit: 4);
        key.Share(C, limit: 4);
        key.Share(D, limit: 4);

        key.Release(A);

        Assert.Equal([0, 1], key.Numbers(B));
        Assert.Equal([2], key.Numbers(C));
        Assert.Equal([3], key.Numbers(D));
    }

    [Fact]
    public void Numbers_UnderDifferentLimits_AreDistinctAndBelowTheRequestsOwn()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 3, limit: 5);
        key.Share(B, limit: 5);
        key.Release(A);

        // The number 3 is above its limit of two, and its permit counts all the same.
        key.Share(C, limit: 2);
        Assert.Equal([3], key.Numbers(B));
        Assert.Equal([0], key.Numbers(C));
        Assert.Equal(DenyReason.Busy, Assert.IsType<LockReply.Denied>(key.TryShare(D, limit: 2)).Reason);
    }

    [Fact]
    public void PermitsWithoutALimit_HaveNoNumbers()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 3);
        key.Share(B, limit: 10);

        Assert.Empty(key.Numbers(A));
        Assert.Equal([0], key.Numbers(B));
    }

    [Theory]
    [InlineData(LockPolicy.NumbersMax, 1)]
    [InlineData(LockPolicy.NumbersMax + 1, 0)]
    [InlineData(LockPolicy.PermitsMax, 0)]
    public void PermitsOfAHugeLimit_HaveNoNumbers(int limit, int numbers)
    {
        var key = new LockUnderTest();
        key.Share(A, limit: limit);

        Assert.Equal(numbers, key.Numbers(A).Count());
        Assert.Equal(1, key.Hold(A).Permits);
    }

    [Fact]
    public void Numbers_OfAllThatThereAre_AreGiven()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: LockPolicy.NumbersMax, limit: LockPolicy.NumbersMax);

        Assert.Equal(Enumerable.Range(0, LockPolicy.NumbersMax), key.Numbers(A));
    }

    [Fact]
    public void Downgrade_KeepsTheLowestNumbersAndFreesTheOthers()
    {
        var key = new LockUnderTest();
        key.Share(A, permits: 3, limit: 3);
        key.Share(B, permits: 2, limit: 3);

        key.Downgrade(A, 1, LockMode.Shared, permits: 1);

        Assert.Equal([0], key.Numbers(A));
        Assert.Equal([1, 2], key.Numbers(B));
    }

    [Fact]
    public void Numbers_StayThroughRenewalRepetitionAndFailover()
    {
        var key = new LockUnderTest();
        key.Share(A, limit: 3);
        key.Share(B, permits: 2, limit: 3);
        key.Release(A);

        key.Renew(B);
        Assert.Equal([1, 2], key.Numbers(B));
        Assert.Equal([1, 2], Assert.IsType<LockReply.Granted>(key.Share(B, permits: 2, limit: 3)).Lease.Numbers.AsEnumerable());
        key.Restore();
        Assert.Equal([1, 2], key.Numbers(B));
        key.Share(C, limit: 3);
        Assert.Equal([0], key.Numbers(C));
    }

    [Fact]
    public void Numbers_InAnyStory_AreOncePerPermitAndBelowTheLimit() => RandomStory.Holds(200, random =>
    {
        var key = new LockUnderTest();
        for (var step = 0; step < 100; step++)
        {
            // An id may come again once its hold is forgotten.
            var leaseId = Of(random.Next(12));
            var limit = random.Pick(2, 3, 5);
            if (key.State.FindHolder(leaseId) is { } held && random.Chance(0.3))
                key.Downgrade(leaseId, held.Change + 1, LockMode.Shared, random.Next(1, held.Permits + 1));
            else if (random.Chance(0.5))
                key.Cancel(leaseId);
            else
                key.Share(leaseId, random.Next(1, limit + 1), limit);
            key.State = key.State with { Ended = EndedLeases.Empty };
            Assert.All(key.State.Holders, lease => Assert.Equal(lease.Permits, lease.Numbers.Length));
            Assert.All(key.State.Holders, lease => Assert.All(lease.Numbers, number => Assert.InRange(number, 0, lease.Request.Limit - 1)));
            Assert.All(key.State.Holders, lease => Assert.Equal(lease.Numbers.Order(), lease.Numbers));
            Assert.Distinct(key.State.Holders.SelectMany(lease => lease.Numbers));
        }
    });
}
