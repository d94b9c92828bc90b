using LockGrains.Core.Tests.StateMachine;
using static LockGrains.Core.Tests.Ids;

namespace LockGrains.Core.Tests.ClientSide;

/// <summary>Whether an owner would wait for its own holds: just where the lock itself would let it wait if nobody else held anything.</summary>
public sealed class SelfWaitTests
{
    public static TheoryData<LockMode, LockMode> Pairs()
    {
        LockMode[] modes = [LockMode.Exclusive, LockMode.Shared, LockMode.Upgradeable];
        var pairs = new TheoryData<LockMode, LockMode>();
        foreach (var held in modes)
        {
            foreach (var wanted in modes)
                pairs.Add(held, wanted);
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void FindObstacle_OfEachTwoModes_IsWhatTheLockSays(LockMode held, LockMode wanted)
    {
        var key = new LockUnderTest();
        key.Ask(A, held);
        key.Ask(B, wanted);

        Assert.Equal(key.Obstacle, SelfWait.FindObstacle([(held, 1)], wanted, 1, null));
    }

    [Theory]
    [InlineData(2, 1, 3)]
    [InlineData(2, 2, 3)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 5, 6)]
    [InlineData(3, 1, null)]
    public void FindObstacle_OfPermits_IsWhatTheLockSays(int held, int wanted, int? limit)
    {
        var key = new LockUnderTest();
        key.Share(A, permits: held);
        key.Share(B, permits: wanted, limit: limit ?? 0);

        Assert.Equal(key.Obstacle, SelfWait.FindObstacle([(LockMode.Shared, held)], LockMode.Shared, wanted, limit));
    }

    [Fact]
    public void FindObstacle_OfSeveralHolds_CountsAllOfThem()
    {
        Assert.Equal(WaitObstacle.None, SelfWait.FindObstacle([], LockMode.Exclusive, 1, null));
        Assert.Equal(WaitObstacle.None, SelfWait.FindObstacle([(LockMode.Shared, 1), (LockMode.Shared, 1)], LockMode.Shared, 1, 3));
        Assert.Equal(WaitObstacle.Limit, SelfWait.FindObstacle([(LockMode.Shared, 1), (LockMode.Shared, 2)], LockMode.Shared, 1, 3));
        Assert.Equal(WaitObstacle.Upgradeable, SelfWait.FindObstacle([(LockMode.Shared, 1), (LockMode.Upgradeable, 1)], LockMode.Upgradeable, 1, null));
        Assert.Equal(WaitObstacle.Limit, SelfWait.FindObstacle([(LockMode.Shared, int.MaxValue)], LockMode.Shared, 1, int.MaxValue));
    }

    [Fact]
    public void FindObstacleOfUpgrade_IsAnyOtherHold()
    {
        Assert.Equal(WaitObstacle.None, SelfWait.FindObstacleOfUpgrade(0));
        Assert.Equal(WaitObstacle.Holders, SelfWait.FindObstacleOfUpgrade(1));
    }
}
