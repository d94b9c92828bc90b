namespace LockGrains.Chaos.Tests;

/// <summary>The order of holds that share a key, and the order of arrival: what the judge must see, and what it must not mistake for it.</summary>
public sealed class KindOrderTests
{
    private readonly Histories _key = new();

    [Fact]
    public void Tokens_ThatGoBack_AreSeen()
    {
        _key.Take("a", Histories.Reader, 11, lasts: 0);
        _key.Release("a", 11);
        _key.Take("b", Share.Whole, 10);
        _key.Judge.CheckOrder();

        Assert.Equal(["linearizable"], _key.Rules);
    }

    [Fact]
    public void Reader_ConfirmedAfterTheWriterThatFollowed_IsSeen()
    {
        _key.Take("a", Histories.Reader, 10, lasts: 0);
        _key.Take("b", Share.Whole, 11, lasts: 0);
        _key.Advance(1_000_000);
        _key.Verify("a", 10);
        _key.Judge.CheckOrder();

        Assert.Equal(["linearizable"], _key.Rules);
    }

    [Fact]
    public void Reader_ConfirmedBesideAnother_IsFine()
    {
        _key.Take("a", Histories.Reader, 10, lasts: 0);
        _key.Take("b", Histories.Reader, 11, lasts: 0);
        _key.Advance(1_000_000);
        _key.Verify("a", 10);
        _key.Judge.CheckOrder();

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Permits_ConfirmedAfterTheyWereGivenAway_AreSeen()
    {
        _key.Take("a", Histories.Permits(0, 1), 10, lasts: 0);
        _key.Take("b", Histories.Permits(0, 1), 11, lasts: 0);
        _key.Advance(1_000_000);
        _key.Verify("a", 10);
        _key.Judge.CheckOrder();

        Assert.Equal(["linearizable"], _key.Rules);
    }

    [Fact]
    public void Permits_ConfirmedAfterADowngrade_LeaveRoomForTheNext()
    {
        _key.Take("a", Histories.Permits(0, 1), 10, lasts: 0);
        _key.Downgrade("a", Histories.Permits(0), 10);
        _key.Take("b", Histories.Permits(1, 2), 11, lasts: 0);
        _key.Advance(1_000_000);
        _key.Verify("a", 10);
        _key.Judge.CheckOrder();

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Permits_MoreThanThereAre_HaveNoOrder()
    {
        _key.Take("a", new Share(LockMode.Shared, 4, 3), 10, lasts: 0);
        _key.Judge.CheckOrder();

        Assert.Contains("linearizable", _key.Rules);
    }

    [Fact]
    public void Upgrade_WithNoLargerToken_IsSeen()
    {
        _key.Take("a", Histories.Upgradeable, 10, lasts: 0);
        _key.Upgrade("a", 9, lasts: 0);
        _key.Judge.CheckOrder();

        Assert.Equal(["linearizable"], _key.Rules);
    }

    [Fact]
    public void Upgrade_WithAWriterBetweenItsTokens_IsSeen()
    {
        _key.Take("a", Histories.Upgradeable, 10, lasts: 0);
        _key.Take("b", Share.Whole, 11, lasts: 0);
        _key.Release("b", 11);
        _key.Upgrade("a", 12, lasts: 0);
        _key.Judge.CheckOrder();

        Assert.Equal(["linearizable"], _key.Rules);
    }

    [Fact]
    public void Upgrade_WithReadersBetweenItsTokens_IsFine()
    {
        _key.Take("a", Histories.Upgradeable, 10, lasts: 0);
        _key.Take("b", Histories.Reader, 11, lasts: 0);
        _key.Release("b", 11);
        _key.Upgrade("a", 12, lasts: 0);
        _key.Judge.CheckOrder();

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Upgrade_WithTheTokenOfBeforeAToldDowngrade_IsSeen()
    {
        _key.Take("a", Share.Whole, 10, lasts: 0);
        _key.Downgrade("a", Histories.Upgradeable, 10);
        _key.Upgrade("a", 10, lasts: 0);
        _key.Judge.CheckOrder();

        Assert.Equal(["linearizable"], _key.Rules);
    }

    [Fact]
    public void Upgrade_AfterLostRecords_IsForgivenWhatBeganBefore()
    {
        _key.Take("a", Histories.Upgradeable, 10, lasts: 0);
        _key.Judge.Excuse([Histories.Key], _key.Now);
        _key.Judge.OnLost([Histories.Key], _key.Now, _key.Now);
        _key.Take("b", Share.Whole, 11, lasts: 0);
        _key.Upgrade("a", 12, lasts: 0);
        _key.Take("c", Histories.Reader, 14, lasts: 0);
        _key.Take("d", Histories.Reader, 13, lasts: 0);
        _key.Judge.CheckOrder();

        Assert.Equal(["linearizable"], _key.Rules);
        Assert.Contains("c/1", _key.Judge.Broken[0].What, StringComparison.Ordinal);
    }

    [Fact]
    public void Reader_GrantedBeforeAWriterThatStoodInLine_IsSeen()
    {
        _key.Take("a", Histories.Reader, 10);
        _key.Ask("w", Share.Whole);
        _key.Place("w");
        _key.Take("b", Histories.Reader, 11);
        _key.Release("a", 10);
        _key.Release("b", 11);
        _key.Grant("w", 12);
        _key.Judge.CheckOrder();

        Assert.Equal(["no overtaking"], _key.Rules);
        Assert.Equal(1, _key.Judge.FiguresOf(Histories.Key).Overtakes);
    }

    [Fact]
    public void Reader_ThatAskedBeforeTheWriterKnewItsPlace_IsFine()
    {
        _key.Ask("w", Share.Whole);
        _key.Take("b", Histories.Reader, 11);
        _key.Place("w");
        _key.Release("b", 11);
        _key.Grant("w", 12);

        Assert.Empty(_key.Rules);
        Assert.Equal(1, _key.Judge.FiguresOf(Histories.Key).PlacesKnown);
    }

    [Fact]
    public void SmallRequest_ThatPassesALargeOne_IsSeenThoughItIsToldLater()
    {
        _key.Ask("all", Histories.Permits(0, 1, 2));
        _key.Place("all");
        _key.Ask("one", Histories.Permits(0));
        _key.Grant("all", 12, lasts: 0);
        _key.Grant("one", 11, lasts: 0);

        Assert.Equal(["no overtaking"], _key.Rules);
    }

    [Fact]
    public void Place_ToldLongBeforeTheGrant_ProvesNothing()
    {
        _key.Ask("w", Share.Whole);
        _key.Place("w");
        _key.Advance(5 * Histories.Second);
        _key.Take("b", Share.Whole, 11, lasts: 0);
        _key.Grant("w", 12, lasts: 0);

        Assert.Empty(_key.Rules);
        Assert.Equal(0, _key.Judge.FiguresOf(Histories.Key).PlacesKnown);
    }
}
