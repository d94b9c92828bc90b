using System.Globalization;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>Words never stand in the way: a wait, a loss and an end are the same whatever the streams of lockgrains are.</summary>
public sealed class StreamTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    private const string Full = "2>/dev/full";
    private const string Blocked = "2>pipe";

    private readonly GuardedRuns _runs;

    public StreamTests(SingleSiloFixture silo) => _runs = new GuardedRuns(silo.Url);

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(Full)]
    [InlineData(Blocked)]
    [InlineData("2>&-")]
    public async Task Wait_NothingCanBeTold_KeepsItsPlaceAndIsGranted(string streams)
    {
        var key = "place " + streams;
        var holder = await HoldAsync(key);
        var silent = _runs.RunOn(streams, key, [], "sh", "-c", "echo mine; read line");
        await _runs.WhenQueueIsAsync(key, 1);
        var last = _runs.Run(key, [], "echo", "last");
        await last.WhenLineAsync("place 2 of 2");

        await EndAsync(holder);
        await silent.WhenLineAsync("mine");
        await last.WhenLineAsync("place 1 of 1");
        Assert.Empty(last.Out);
        await EndAsync(silent);
        await last.ExpectExitAsync(0);
    }

    [Theory]
    [InlineData(Full)]
    [InlineData(Blocked)]
    [InlineData("2>&-")]
    public async Task Wait_NothingCanBeToldAndASignalComes_LeavesTheQueue(string streams)
    {
        var key = "leave " + streams;
        var holder = await HoldAsync(key);
        var silent = _runs.RunOn(streams, key, [], "echo", "ran");
        await _runs.WhenQueueIsAsync(key, 1);
        silent.Signal(Posix.SigTerm);
        await silent.ExpectExitAsync(ExitCode.SignalBase + Posix.SigTerm);
        Assert.Empty(silent.Out);
        await _runs.WhenQueueIsAsync(key, 0);
        await EndAsync(holder);
    }

    [Theory]
    [InlineData(Full)]
    [InlineData(Blocked)]
    public async Task Run_NothingCanBeToldAndNoSiloAnswers_EndsTheCommandBeforeTheLease(string streams)
    {
        using var silo = SiloProcess.StartKeyed();
        await silo.WhenReadyAsync();
        using var runs = new GuardedRuns(silo.Url);

        // It writes down how long the machine has been up, which is the clock that leases are counted by, for as long as it lives.
        var run = runs.RunOn(
            streams, "silent loss", ["--lease", "6s", "--grace", "300ms"],
            "sh", "-c", "trap '' TERM; setsid sleep 600 & while read up rest < /proc/uptime; do echo $up >> beats; sleep 0.02; done");
        await runs.WhenThereIsAsync("beats");
        silo.Process.Signal(Signals.Stop);
        var leaseEnd = Posix.Now() + TimeSpan.FromSeconds(6);
        await run.ExpectExitAsync(ExitCode.Lost);
        Assert.Empty(runs.Alive);
        var last = TimeSpan.FromSeconds(double.Parse((await File.ReadAllLinesAsync(runs.File("beats")))[^1], CultureInfo.InvariantCulture));
        Assert.True(last < leaseEnd, $"The command was at work until {last}, its lease ended at {leaseEnd} or earlier.");
    }

    [Theory]
    [InlineData(">/dev/full")]
    [InlineData(">/dev/full 2>&1")]
    [InlineData(">&-")]
    public async Task Run_OutputCannotBeWritten_IsTheCommandsOwnAffair(string streams)
    {
        var run = _runs.RunOn(streams, "no output", [], "sh", "-c", "echo words || exit 5");
        await run.ExpectExitAsync(5);
        Assert.False((await _runs.StatusAsync("no output")).GetProperty("held").GetBoolean());
    }

    [Theory]
    [InlineData(">/dev/full")]
    [InlineData(">pipe")]
    [InlineData(">pipe 2>&1")]
    public async Task Run_OutputCannotBeWrittenAndTheLockIsLost_EndsTheCommand(string streams)
    {
        var key = "lost output " + streams;
        var run = _runs.RunOn(streams, key, GuardedRuns.Short, "sh", "-c", "trap '' TERM; touch ready; while :; do echo words; sleep 0.1; done");
        await _runs.WhenThereIsAsync("ready");
        await _runs.RevokeAsync(key);
        await run.ExpectExitAsync(ExitCode.Lost);
        Assert.Empty(_runs.Alive);
    }

    [Fact]
    public async Task Run_LockWasHeldAndOutputIsFull_SaysOnStandardErrorWhy()
    {
        var holder = await HoldAsync("full and held");
        var run = _runs.RunOn(">/dev/full", "full and held", ["--wait", "0"], "true");
        await run.ExpectExitAsync(ExitCode.NotAcquired);
        Assert.Contains("held by another", Assert.Single(run.Error), StringComparison.Ordinal);
        await EndAsync(holder);
    }

    private async Task<TestProcess> HoldAsync(string key)
    {
        var holder = _runs.Run(key, [], "sh", "-c", "echo holding; read line");
        await holder.WhenLineAsync("holding");
        return holder;
    }

    private static async Task EndAsync(TestProcess holder)
    {
        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(0);
    }
}
