namespace LockGrains.Chaos.Tests;

/// <summary>What watchers may be told.</summary>
public sealed class WatchJudgeTests
{
    private readonly Histories _key = new(LoadKeys.Hot[0]);
    private readonly Histories _lead = new(LoadKeys.Lead);

    [Fact]
    public void States_ThatGoForward_AreFine()
    {
        _key.See("w", 10, [10]);
        _key.See("w", 10, []);
        _key.See("w", 12, [11, 12]);
        _key.See("w", 12, [12]);
        _key.See("w", 13, [13]);

        Assert.Empty(_key.Rules);
        Assert.Equal(5, _key.Judge.Watches.States);
    }

    [Fact]
    public void State_WithASmallerToken_IsSeen()
    {
        _key.See("w", 11, []);
        _key.See("w", 10, []);

        Assert.Equal(["watch goes forward"], _key.Rules);
    }

    [Fact]
    public void State_InWhichAHolderComesBack_IsSeen()
    {
        _key.See("w", 10, [10]);
        _key.See("w", 10, []);
        _key.See("w", 10, [10]);

        Assert.Equal(["watch goes forward"], _key.Rules);
    }

    [Fact]
    public void States_OfTwoWatchers_AreNotCompared()
    {
        _key.See("w", 11, []);
        _key.See("v", 10, [10]);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void State_AfterALossOfRecords_MayGoBack_ButNotLongAfterIt()
    {
        _key.See("w", 11, [11]);
        var from = _key.Now;
        _key.Judge.Excuse([_key.Name], _key.Now);
        _key.See("w", 5, [5]);
        _key.Judge.OnLost([_key.Name], from, _key.Now);
        _key.See("w", 4, []);
        Assert.Empty(_key.Rules);

        _key.Advance(20 * Histories.Second);
        _key.See("w", 3, []);

        Assert.Equal(["watch goes forward"], _key.Rules);
    }

    [Fact]
    public void State_AfterALossOfRecords_MayGoBackAsLongAsTheTroubleLasts()
    {
        _key.Judge.Calm.Disturb();
        _key.See("w", 11, []);
        _key.Judge.OnLost([_key.Name], _key.Now, _key.Now);
        _key.Advance(60 * Histories.Second);
        _key.See("w", 0, []);
        _key.Judge.Calm.Return(_key.Now);
        _key.See("w", 12, []);
        _key.See("w", 5, []);
        Assert.Empty(_key.Rules);

        _key.Judge.Calm.Disturb();
        _key.Advance(20 * Histories.Second);
        _key.See("w", 4, []);

        Assert.Equal(["watch goes forward"], _key.Rules);
    }

    [Fact]
    public void Watcher_ThatMissesAGrant_IsSeenAfterTheBound()
    {
        _key.See("w", 10, []);
        _key.Take("a", Share.Whole, 11);
        _key.Advance(WatchJudge.Bound / 2);
        _key.Watch("w");
        Assert.Empty(_key.Rules);

        _key.Advance(WatchJudge.Bound);
        _key.Watch("w");

        Assert.Equal(["watch keeps up"], _key.Rules);
    }

    [Fact]
    public void Watcher_ThatMissesARelease_IsSeenAfterTheBound()
    {
        _key.Take("a", Share.Whole, 11);
        _key.See("w", 11, [11]);
        _key.Release("a", 11);
        _key.Advance(2 * WatchJudge.Bound);
        _key.Watch("w");

        Assert.Equal(["watch keeps up"], _key.Rules);
    }

    [Fact]
    public void Watcher_ThatIsToldNothingAtAll_IsSeenAfterTheBound()
    {
        _key.Watch("w");
        _key.Take("a", Share.Whole, 11);
        _key.Advance(2 * WatchJudge.Bound);
        _key.Watch("w");

        Assert.Equal(["watch keeps up"], _key.Rules);
    }

    [Fact]
    public void Watcher_ThatKnowsAll_IsFine_AndThatIsLookedAt()
    {
        _key.Take("a", Share.Whole, 11);
        _key.See("w", 11, [11]);
        _key.Release("a", 11);
        _key.See("w", 11, []);
        _key.Advance(2 * WatchJudge.Bound);
        _key.Watch("w");

        Assert.Empty(_key.Rules);
        Assert.Equal(1, _key.Judge.Watches.Looks);
    }

    [Fact]
    public void Watcher_WhileAFaultLasts_AndShortlyAfter_MayBeBehind()
    {
        _key.See("w", 10, []);
        _key.Take("a", Share.Whole, 11);
        _key.Judge.Calm.Disturb();
        _key.Advance(2 * WatchJudge.Bound);
        _key.Watch("w");
        _key.Judge.Calm.Return(_key.Now);
        _key.Watch("w");

        Assert.Empty(_key.Rules);
        Assert.Equal(0, _key.Judge.Watches.Looks);
    }

    [Fact]
    public void Proclaimed_ByItsLeader_AndByNobodyAfterIt_IsFine()
    {
        _lead.Take("a", Share.Whole, 10);
        _lead.See("w", 10, [10], "a/1");
        _lead.See("w", 10, []);

        Assert.Empty(_lead.Rules);
    }

    [Theory]
    [InlineData(false, "a/1")]
    [InlineData(true, "b/1")]
    [InlineData(true, null)]
    public void Proclaimed_WithoutItsLeader_OrNotByIt_IsSeen(bool isLed, string? proclaimed)
    {
        _lead.Take("a", Share.Whole, 10);
        _lead.See("w", 10, isLed ? [10] : [], proclaimed);

        Assert.Equal(["proclaimed by its leader"], _lead.Rules);
    }

    /// <summary>The watcher is told of the new leader before that one is, and still sees what the former one proclaimed.</summary>
    [Theory]
    [InlineData("b/1", null)]
    [InlineData("a/1", "proclaimed by its leader")]
    public void Proclaimed_BeforeItsLeaderIsKnown_IsJudgedOnceItIs(string proclaimed, string? rule)
    {
        _lead.See("w", 11, [11], proclaimed);
        Assert.Empty(_lead.Rules);

        _lead.Take("b", Share.Whole, 11);
        _lead.Watch("w");

        Assert.Equal(rule is null ? [] : [rule], _lead.Rules);
    }

    [Fact]
    public void Watch_ThatBeginsAnewAgainAndAgain_MustKeepUp()
    {
        _key.Watch("w");
        _key.Take("a", Share.Whole, 11);
        _key.Advance(2 * WatchJudge.Bound);
        _key.Watch("w", attempt: 2);

        Assert.Equal(["watch keeps up"], _key.Rules);
    }
}
