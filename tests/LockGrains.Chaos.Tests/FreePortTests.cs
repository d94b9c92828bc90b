namespace LockGrains.Chaos.Tests;

public sealed class FreePortTests
{
    /// <summary>Of 500 ports that the system chooses, some are the same nearly always: a port that nobody listens on is given out again.</summary>
    [Fact]
    public void Find_ManyTimes_GivesNoPortTwice()
    {
        var ports = Enumerable.Range(0, 500).Select(_ => FreePort.Find()).ToList();

        Assert.Equal(ports.Count, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 20_000, 31_999));
    }
}
