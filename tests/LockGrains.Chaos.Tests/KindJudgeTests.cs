namespace LockGrains.Chaos.Tests;

/// <summary>Who may believe to hold beside whom: the judge hears histories that no right lock makes, and ones that it must not mistake for them.</summary>
public sealed class KindJudgeTests
{
    private readonly Histories _key = new();

    [Fact]
    public void Readers_SideBySideWithOneWhoMayUpgrade_AreFine()
    {
        _key.Take("a", Histories.Reader, 10);
        _key.Take("b", Histories.Upgradeable, 11);
        _key.Take("c", Histories.Reader, 12);
        _key.Verify("a", 10);
        _key.Judge.CheckOrder();

        Assert.Empty(_key.Rules);
    }

    [Theory]
    [InlineData(LockMode.Shared)]
    [InlineData(LockMode.Upgradeable)]
    public void Writer_BesideAnotherBeliever_IsSeen(LockMode mode)
    {
        _key.Take("a", new Share(mode), 10);
        _key.Take("b", Share.Whole, 11);

        Assert.Equal(["timed exclusion"], _key.Rules);
    }

    [Fact]
    public void Writer_WhoseReaderComesInBesideIt_IsSeen()
    {
        _key.Take("a", Share.Whole, 10);
        _key.Take("b", Histories.Reader, 11);

        Assert.Equal(["timed exclusion"], _key.Rules);
    }

    [Fact]
    public void Upgradeable_TwoAtOneTime_AreSeen()
    {
        _key.Take("a", Histories.Upgradeable, 10);
        _key.Take("b", Histories.Upgradeable, 11);

        Assert.Equal(["timed exclusion"], _key.Rules);
    }

    [Fact]
    public void Reader_WhoseBeliefIsToldLate_IsHeldAgainstTheWriterInBetween()
    {
        _key.Take("a", Histories.Reader, 10, lasts: 1_000_000);
        _key.Advance(2_000_000);
        _key.Take("b", Share.Whole, 11);
        _key.Release("b", 11);
        Assert.Empty(_key.Rules);

        _key.Believe("a", 10, Histories.Second);

        Assert.Equal(["timed exclusion"], _key.Rules);
    }

    [Fact]
    public void Upgrade_WhileAReaderBelieves_IsSeen()
    {
        _key.Take("a", Histories.Upgradeable, 10);
        _key.Take("b", Histories.Reader, 11);
        _key.Upgrade("a", 12);

        Assert.Equal(["timed exclusion"], _key.Rules);
    }

    [Fact]
    public void Upgrade_AfterTheReaders_AndDowngradeBeforeTheNext_AreFine()
    {
        _key.Take("a", Histories.Upgradeable, 10);
        _key.Take("b", Histories.Reader, 11);
        _key.Release("b", 11);
        _key.Upgrade("a", 12);
        _key.Verify("a", 12);
        _key.Downgrade("a", Histories.Reader, 12);
        _key.Take("c", Histories.Upgradeable, 13);
        _key.Verify("a", 12);
        _key.Release("a", 12);
        _key.Upgrade("c", 14);
        _key.Judge.CheckOrder();

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Downgrade_ToUpgradeable_KeepsOthersWhoMayWriteOut()
    {
        _key.Take("a", Share.Whole, 10);
        _key.Downgrade("a", Histories.Upgradeable, 10);
        _key.Take("b", Histories.Upgradeable, 11);

        Assert.Equal(["timed exclusion"], _key.Rules);
    }

    [Fact]
    public void Permits_WithinTheLimit_AreFine()
    {
        _key.Take("a", Histories.Permits(0), 10);
        _key.Take("b", Histories.Permits(1, 2), 11);
        _key.Downgrade("b", Histories.Permits(1), 11);
        _key.Take("c", Histories.Permits(2), 12);
        _key.Release("a", 10);
        _key.Take("d", Histories.Permits(0), 13);
        _key.Judge.CheckOrder();

        Assert.Empty(_key.Rules);
        Assert.Equal(3, _key.Judge.FiguresOf(Histories.Key).MostPermits);
    }

    [Fact]
    public void Permits_MoreThanThreeOut_AreSeen()
    {
        _key.Take("a", Histories.Permits(0, 1), 10);
        _key.Take("b", Histories.Permits(2), 11);
        Assert.Empty(_key.Rules);

        // There is no number left for a fourth.
        _key.Take("c", new Share(LockMode.Shared, 1, 3), 12);

        Assert.Equal(["permit numbers", "permits within limit"], _key.Rules);
        Assert.Equal(4, _key.Judge.FiguresOf(Histories.Key).MostPermits);
    }

    [Fact]
    public void Permits_OfOneWhoseLeaseRanOut_AreFree()
    {
        _key.Take("a", Histories.Permits(0, 1, 2), 10, lasts: 1_000_000);
        _key.Advance(2_000_000);
        _key.Take("b", Histories.Permits(0, 1, 2), 11);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Permits_OneNumberHeldByTwo_IsSeen()
    {
        _key.Take("a", Histories.Permits(0), 10);
        _key.Take("b", Histories.Permits(0), 11);

        Assert.Equal(["number held twice"], _key.Rules);
    }

    [Fact]
    public void Permits_AWriterBesideThem_IsSeen()
    {
        _key.Take("a", Histories.Permits(0), 10);
        _key.Take("b", Share.Whole, 11);

        Assert.Equal(["timed exclusion"], _key.Rules);
    }

    [Fact]
    public void Permits_WithANumberThatThereIsNot_AreSeen()
    {
        _key.Take("a", Histories.Permits(3), 10);
        _key.Release("a", 10);
        _key.Take("b", Histories.Permits(1, 1), 11);

        Assert.Equal(["permit numbers", "permit numbers"], _key.Rules);
    }

    [Fact]
    public void Grant_OfAnotherModeThanWasAsked_IsSeen()
    {
        var history = new HistoryLine { What = Happening.Asked, Attempt = 1, Key = Histories.Key, At = 1, Share = Share.Whole };
        _key.Judge.Hear("a", history);
        _key.Judge.Hear("a", history with { What = Happening.Granted, At = 2, Token = 10, Until = 3, Share = Histories.Reader });

        Assert.Equal(["granted as asked"], _key.Rules);
    }
}
