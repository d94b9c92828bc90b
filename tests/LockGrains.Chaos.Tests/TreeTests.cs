namespace LockGrains.Chaos.Tests;

/// <summary>A few of the runs that the program does by the hundred: one of each end of a hold.</summary>
public sealed class TreeTests
{
    [RequiresFact("redis-server", "setsid", "timeout")]
    public async Task Command_WhateverEndsItsHold_HasEndedWhenTheNextHolderBegins()
    {
        await using var runs = await TreeRuns.StartAsync();
        foreach (var end in Enum.GetValues<TreeEnd>())
        {
            var tree = Enumerable.Range(1, 1000).Select(Tree.Create).First(tree => tree.End == end);
            Assert.Null(await runs.RunOnceAsync(tree));
        }
    }

    [Fact]
    public void Report_RunsThatWereEndedEarly_AreSummedUp()
    {
        var report = new TreeReport();
        report.Add(TreeEnd.Killed, null, 0);
        report.Add(TreeEnd.ByItself, "2 processes", 1);
        report.Add(TreeEnd.Killed, null, 0);
        Assert.Equal("runs 3 of 500 (ByItself 1, Killed 2), violations 1, leftovers 1", report.Describe(500));
        report.AddOutlived(TimeSpan.FromMilliseconds(120));
        report.AddOutlived(TimeSpan.FromMilliseconds(1001));
        Assert.EndsWith("lockgrains killed 2 times; its tree was gone after p50 120 ms, p99 1001 ms, max 1001 ms; later than 1 s 1", report.Describe(3), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_SameSeed_IsTheSameTree() => Assert.Equal(Tree.Create(7), Tree.Create(7));
}
