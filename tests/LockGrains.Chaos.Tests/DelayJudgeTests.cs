namespace LockGrains.Chaos.Tests;

/// <summary>For how long a lock-delay must keep others out.</summary>
public sealed class DelayJudgeTests
{
    private const long Delay = Histories.Second;

    private readonly Histories _key = new();

    [Fact]
    public void Grant_WithinTheDelayOfOneWhoseLeaseRanOut_IsSeen()
    {
        _key.Take("a", Share.Whole, 10, delay: Delay);
        _key.Advance(Histories.Second + (Delay / 2));
        _key.Take("b", Share.Whole, 11);

        Assert.Equal(["delay kept"], _key.Rules);
    }

    [Fact]
    public void Grant_AfterTheDelay_IsFine()
    {
        _key.Take("a", Share.Whole, 10, delay: Delay);
        _key.Advance(Histories.Second + Delay);
        _key.Take("b", Share.Whole, 11);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Grant_AfterARelease_NeedNotWaitForTheDelay()
    {
        _key.Take("a", Share.Whole, 10, delay: Delay);
        _key.Release("a", 10);
        _key.Take("b", Share.Whole, 11);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Grant_AfterTheReleaseOfALostHandle_NeedNotWaitForTheDelay()
    {
        _key.Take("a", Share.Whole, 10, delay: Delay);
        _key.Lose("a", 10);
        _key.Releasing("a", 10);
        _key.Take("b", Share.Whole, 11);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Grant_WithinTheDelayOfOneThatKnowsItsLoss_IsSeen()
    {
        _key.Take("a", Share.Whole, 10, delay: Delay);
        _key.Lose("a", 10);
        _key.Take("b", Share.Whole, 11);

        Assert.Equal(["delay kept"], _key.Rules);
    }

    [Fact]
    public void Grant_WithinADelayWhoseRecordWasLost_IsExcused()
    {
        _key.Take("a", Share.Whole, 10, delay: Delay);
        _key.Advance(Histories.Second);
        _key.Judge.Excuse([Histories.Key], _key.Now);
        _key.Take("b", Share.Whole, 11);

        Assert.Empty(_key.Rules);
    }
}
