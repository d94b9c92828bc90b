namespace LockGrains.Chaos.Tests;

public sealed class HistoryLineTests
{
    [Fact]
    public void Share_OfPermits_ComesBackAsItWasWritten()
    {
        var line = new HistoryLine { What = Happening.Granted, Token = 7, Share = new Share(LockMode.Shared, 2, 3) { Numbers = [0, 2] }, Place = 4 };

        var back = HistoryLine.Parse(line.ToJson());

        Assert.Equal((LockMode.Shared, 2, 3, 4), (back.Share.Mode, back.Share.Permits, back.Share.Limit, back.Place));
        Assert.Equal([0, 2], back.Share.Numbers);
        Assert.Contains("Shared 2 of 3 no. 0,2", back.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Share_OfAMutex_TakesNoRoom()
    {
        var line = new HistoryLine { What = Happening.Asked, Attempt = 1, Key = "k" };

        Assert.Equal(line.ToJson(), (line with { Share = Share.Whole }).ToJson());
        Assert.Equal(LockMode.Exclusive, HistoryLine.Parse(line.ToJson()).Share.Mode);
    }
}
