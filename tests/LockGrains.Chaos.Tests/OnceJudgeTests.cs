namespace LockGrains.Chaos.Tests;

/// <summary>What work that runs once per edition may do.</summary>
public sealed class OnceJudgeTests
{
    private readonly Histories _key = new(LoadKeys.Once);

    [Fact]
    public void Editions_OneAfterTheOther_AreFine()
    {
        _key.BeginOnce("a", 1, 10);
        _key.TellOnce("a", 1, 10, "a");
        _key.TellOnce("b", 1, 10, "a");
        _key.BeginOnce("b", 2, 11);
        _key.TellOnce("a", 2, 11, "b");

        Assert.Empty(_key.Rules);
        Assert.Equal(2, _key.Judge.Once.Editions);
    }

    [Fact]
    public void Edition_WhoseOutcomeWasNotStored_MayRunAgain()
    {
        _key.BeginOnce("a", 1, 10);
        _key.BeginOnce("b", 1, 11);
        _key.TellOnce("b", 1, 11, "b");

        Assert.Empty(_key.Rules);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void Edition_ThatBeginsAfterItOrALaterOneIsStored_IsSeen(long edition)
    {
        _key.TellOnce("a", 2, 10, "a");
        _key.BeginOnce("b", edition, 11);

        Assert.Equal(["once per edition"], _key.Rules);
    }

    [Fact]
    public void Edition_ThatBeginsAfterItsLeaseRanOut_IsTheResourcesAffair()
    {
        _key.TellOnce("a", 2, 11, "a");
        _key.BeginOnce("b", 2, 10, lasts: -1);

        Assert.Empty(_key.Rules);
    }

    [Theory]
    [InlineData(11, "a")]
    [InlineData(10, "b")]
    public void Edition_OfWhichTwoAreToldDifferently_IsSeen(long token, string outcome)
    {
        _key.TellOnce("a", 1, 10, "a");
        _key.TellOnce("b", 1, token, outcome);

        Assert.Equal(["one outcome"], _key.Rules);
    }

    [Fact]
    public void Edition_WhoseRecordWasLost_MayRunAgain()
    {
        _key.TellOnce("a", 1, 10, "a");
        var from = _key.Now;
        _key.Judge.Excuse([_key.Name], _key.Now);
        _key.Judge.OnLost([_key.Name], from, _key.Now);
        _key.BeginOnce("b", 1, 11);
        _key.TellOnce("b", 1, 11, "b");

        Assert.Empty(_key.Rules);
    }
}
