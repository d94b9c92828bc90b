namespace LockGrains.Chaos.Tests;

/// <summary>What the resource takes and refuses: writers go forward, readers compare, each permit by itself.</summary>
public sealed class FenceJudgeTests
{
    private readonly Histories _key = new();
    private readonly List<string> _lines = [];

    [Fact]
    public void Readers_SideBySide_AreTakenInAnyOrder()
    {
        _key.Decide("w", 10);
        _key.Decide("b", 12, isRead: true);
        _key.Decide("a", 11, isRead: true);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Reader_TakenAfterALargerWrite_IsSeen()
    {
        _key.Decide("w", 12);
        _key.Decide("a", 11, isRead: true);

        Assert.Equal(["fenced exclusion"], _key.Rules);
    }

    [Fact]
    public void Reader_RefusedBecauseAnotherRead_IsSeen()
    {
        _key.Decide("b", 12, isRead: true);
        _key.Decide("a", 11, isTaken: false, isRead: true);

        Assert.Equal(["fenced exclusion"], _key.Rules);
    }

    [Fact]
    public void Permits_OfOneNumber_HaveTokensOfTheirOwn()
    {
        _key.Decide("a", 12, number: 0);
        _key.Decide("b", 11, number: 1);
        Assert.Empty(_key.Rules);

        _key.Decide("c", 10, number: 1);

        Assert.Equal(["fenced exclusion"], _key.Rules);
    }

    [Fact]
    public void Holder_WhoBelievesAndIsRefused_IsSeen()
    {
        _key.Take("a", Histories.Reader, 10);
        _key.Take("b", Histories.Reader, 11, lasts: 0);
        _key.Decide("b", 11);
        _key.Use("a", 10, isTaken: false, isRead: true);

        Assert.Equal(["holder refused"], _key.Rules);
    }

    [Fact]
    public void Holder_OfAPermitThatIsRefused_IsSeen()
    {
        _key.Take("a", Histories.Permits(0), 10);
        _key.Take("b", Histories.Permits(1), 11);
        _key.Use("b", 11, number: 0);
        _key.Use("a", 10, isTaken: false, number: 0);

        Assert.Equal(["holder refused"], _key.Rules);
    }

    [Fact]
    public void Holder_RefusedAfterItsLease_IsFine()
    {
        _key.Take("a", Histories.Reader, 10, lasts: 0);
        _key.Advance(1_000_000);
        _key.Take("b", Share.Whole, 11);
        _key.Use("b", 11);
        _key.Use("a", 10, isTaken: false, isRead: true);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Holder_RefusedAfterLostRecords_IsForgiven()
    {
        _key.Take("a", Histories.Permits(0), 20, lasts: 0);
        _key.Use("a", 20, number: 0);
        _key.Judge.Excuse([Histories.Key], _key.Now);
        _key.Judge.OnLost([Histories.Key], _key.Now, _key.Now);

        // A silo's clock was ahead: tokens of the old record are larger than those of the new one.
        _key.Take("b", Histories.Permits(0), 10);
        _key.Use("b", 10, isTaken: false, number: 0);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Resource_OnARead_ComparesAndRemembersNothing()
    {
        var resource = new ResourceServer(new HistoryWriter(_lines.Add));

        Assert.Equal("ok", resource.Decide("k 10 w/1"));
        Assert.Equal("ok", resource.Decide("k 12 a/1 read"));
        Assert.Equal("ok", resource.Decide("k 11 b/1 read"));
        Assert.Equal("ok", resource.Decide("k 11 w/2"));
        Assert.Equal("no 11", resource.Decide("k 10 a/2 read"));
        Assert.Equal("no 11", resource.Decide("k 10 w/1"));

        var decided = _lines.Select(HistoryLine.Parse).ToList();
        Assert.Equal([true, true, true, true, false, false], decided.Select(line => line.IsYes));
        Assert.Equal([false, true, true, false, true, false], decided.Select(line => line.Share.Mode == LockMode.Shared));
    }
}
