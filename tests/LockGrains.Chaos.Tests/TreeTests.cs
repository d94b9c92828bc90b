namespace LockGrains.Chaos.Tests;

/// <summary>A few of the runs that the program does by the hundred: one of each end of a hold that nobody announces.</summary>
public sealed class TreeTests
{
    [RequiresFact("redis-server", "setsid", "timeout")]
    public async Task Command_WhateverEndsItsHold_HasEndedWhenTheNextHolderBegins()
    {
        await using var runs = await TreeRuns.StartAsync();
        TreeEnd[] ends = [TreeEnd.ByItself, TreeEnd.Killed, TreeEnd.Stopped, TreeEnd.GuardKilled, TreeEnd.Lost];
        foreach (var end in ends)
        {
            var tree = Enumerable.Range(1, 1000).Select(Tree.Create).First(tree => tree.End == end);
            Assert.Null(await runs.RunOnceAsync(tree));
        }
    }

    [Fact]
    public void Create_SameSeed_IsTheSameTree() => Assert.Equal(Tree.Create(7), Tree.Create(7));
}
