using Xunit;

namespace LockGrains.Simulation;

/// <summary>The simulator in small, for every build. The long runs are the program's.</summary>
public sealed class SmokeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(101)]
    [InlineData(201)]
    [InlineData(301)]
    public void Seeds_AHundredInARow_BreakNoPromise(ulong first)
    {
        for (var seed = first; seed < first + 100; seed++)
            AssertNoViolation(seed);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(169)]
    public void Seed_RunTwice_TellsTheSameStory(ulong seed)
    {
        var first = WorldRun.Of(Swarm.Draw(seed), isTold: true);
        var second = WorldRun.Of(Swarm.Draw(seed), isTold: true);
        Assert.Equal(first.Timeline, second.Timeline);
        Assert.Equal(first.Digest, second.Digest);
    }

    [Fact]
    public void Telling_ChangesNothing()
    {
        var silent = WorldRun.Of(Swarm.Draw(15));
        var told = WorldRun.Of(Swarm.Draw(15), isTold: true);
        Assert.Equal(silent.Digest, told.Digest);
    }

    [Fact]
    public void ReplayCommand_OfChangedOptions_NamesTheChanges()
    {
        var command = Swarm.Draw(5).With(Option.Clients, 1).With(Option.Salt, 3).ReplayCommand("skip-compare");
        Assert.Contains("--seed 5 --set Clients=1,Salt=3 --mutant skip-compare", command, StringComparison.Ordinal);
    }

    [Fact]
    public void CommandLine_WithNonsense_IsRefused() => Assert.Equal(2, Simulator.Run(["--seeds"]));

    private static void AssertNoViolation(ulong seed)
    {
        var run = WorldRun.Of(Swarm.Draw(seed));
        Assert.True(run.Violation is null, $"{run.Options.ReplayCommand(mutant: null)}: {run.Violation}");
    }
}
