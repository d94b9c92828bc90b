using static LockGrains.Core.Tests.Ids;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>What an operator is told that the first in line waits for. Each is about that one, whoever waits behind it.</summary>
public sealed class WaitObstacleTests
{
    [Fact]
    public void None_WhereNobodyIsInLine()
    {
        var key = new LockUnderTest();
        Assert.Equal(WaitObstacle.None, key.Obstacle);
        key.Acquire(A);

        Assert.Equal(WaitObstacle.None, key.Obstacle);
    }

    [Fact]
    public void None_WhereTheFirstIsAwaitedItself()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Share(C);
        key.Detach(B);
        Assert.Equal(WaitObstacle.Holders, key.Obstacle);

        key.Release(A);

        Assert.Equal([B, C], key.Waiting);
        Assert.Equal(WaitObstacle.None, key.Obstacle);
    }

    [Theory]
    [InlineData(LockMode.Exclusive, LockMode.Exclusive)]
    [InlineData(LockMode.Exclusive, LockMode.Shared)]
    [InlineData(LockMode.Exclusive, LockMode.Upgradeable)]
    [InlineData(LockMode.Shared, LockMode.Exclusive)]
    [InlineData(LockMode.Upgradeable, LockMode.Exclusive)]
    public void Holders_WhereOneOfThemSharesWithNobody(LockMode held, LockMode first)
    {
        var key = new LockUnderTest();
        key.Ask(A, held);
        key.Ask(B, first);

        Assert.Equal(WaitObstacle.Holders, key.Obstacle);
    }

    [Fact]
    public void Upgradeable_WhereThereIsOneAmongTheHolders()
    {
        var key = new LockUnderTest();
        key.Share(A);
        key.ShareToUpgrade(B);
        key.ShareToUpgrade(C);
        Assert.Equal(WaitObstacle.Upgradeable, key.Obstacle);

        key.Cancel(C);
        key.Acquire(D);
        Assert.Equal(WaitObstacle.Holders, key.Obstacle);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 2)]
    [InlineData(2, 9)]
    [InlineData(9, 2)]
    public void Limit_WhereTooFewPermitsAreFree(int own, int keys)
    {
        var key = new LockUnderTest();
        key.Do(new LockCommand.SetLimit(keys, 0));
        key.Share(A, permits: 2);
        key.Share(B, limit: own);

        Assert.Equal(WaitObstacle.Limit, key.Obstacle);
    }

    [Fact]
    public void HoldersMax_WhereTheSiloAllowsNoMore()
    {
        var key = new LockUnderTest(new LockPolicy { HoldersMax = 2 });
        key.Share(A, limit: 3);
        key.Share(B, limit: 3);
        key.Share(C, limit: 3);
        Assert.Equal(WaitObstacle.HoldersMax, key.Obstacle);

        // One permit is free, and two are asked for: more holders would not help.
        key.Cancel(C);
        key.Share(D, permits: 2, limit: 3);
        Assert.Equal(WaitObstacle.Limit, key.Obstacle);
    }

    [Fact]
    public void Upgrade_WhereOneWaitsBeforeTheQueue()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Upgrade(A, 1);
        Assert.Equal(WaitObstacle.None, key.Obstacle);
        key.Share(C);
        Assert.Equal(WaitObstacle.Upgrade, key.Obstacle);

        key.Release(B);
        Assert.Equal((LockMode.Exclusive, WaitObstacle.Holders), (key.Hold(A).Mode, key.Obstacle));
    }
}
