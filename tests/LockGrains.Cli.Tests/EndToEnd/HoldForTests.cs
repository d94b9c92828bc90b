using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>Cron on several hosts: one lock for a job that all of them start, and a lock that outlasts its job.</summary>
public sealed class HoldForTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    private readonly GuardedRuns _runs;

    public HoldForTests(SingleSiloFixture silo) => _runs = new GuardedRuns(silo.Url);

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task Run_SecondHostComesAfterTheJob_RunsItNotAgain()
    {
        string[] options = ["--wait", "0", "--hold-for", "10m"];
        string[] job = ["sh", "-c", $"echo ran >> '{_runs.File("job")}'"];
        var first = _runs.Run("job", options, job);
        await WhenOnlyHeldAsync(first);
        var second = _runs.Run("job", options, job);
        await second.ExpectExitAsync(ExitCode.NotAcquired);
        Assert.Equal(["ran"], await File.ReadAllLinesAsync(_runs.File("job")));
        await InterruptAsync(first, exitCode: 0);
    }

    [Theory]
    [InlineData(Posix.SigTerm, 0)]
    [InlineData(Posix.SigInt, 7)]
    [InlineData(10, 0)] // SIGUSR1
    public async Task Run_SignalWhileTheLockIsOnlyHeld_EndsWithTheCommandsCodeAndLeavesTheLock(int signal, int exitCode)
    {
        var key = $"interrupted {signal}";
        var run = _runs.Run(key, ["--hold-for", "10m"], "sh", "-c", $"touch '{_runs.File("job")}'; exit {exitCode}");
        await WhenOnlyHeldAsync(run);
        await InterruptAsync(run, exitCode, signal);
        Assert.Contains(run.Error, line => line.Contains($"'{key}' is free when its lease ends", StringComparison.Ordinal));
        Assert.True((await _runs.StatusAsync(key)).GetProperty("held").GetBoolean());
    }

    [Fact]
    public async Task Run_SignalWhileTheLockIsOnlyHeld_NextHolderComesWhenTheLeaseEnds()
    {
        var run = _runs.Run("interrupted and over", ["--hold-for", "10m", .. GuardedRuns.Short], "touch", _runs.File("job"));
        await WhenOnlyHeldAsync(run);
        var next = _runs.Next("interrupted and over");
        await next.WhenLineAsync("place 1 of 1");
        await InterruptAsync(run, exitCode: 0);
        await next.WhenLineAsync("mine");
        await next.WriteInputAsync("end\n");
        await next.ExpectExitAsync(0);
    }

    [Fact]
    public async Task Run_CommandIsLockgrainsWithTheSameKey_SaysThatItWaitsForItself()
    {
        var run = _runs.Run("itself", [], ["dotnet", .. _runs.RunLine("itself", "--wait", "300ms"), "true"]);
        await run.ExpectExitAsync(ExitCode.NotAcquired);
        Assert.Contains(run.Error, line => line.Contains("runs under the lock 'itself' already", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_CommandWaitsForItselfForEver_SaysSoAndObeysASignal()
    {
        var run = _runs.Run("itself for ever", [], ["dotnet", .. _runs.RunLine("itself for ever"), "true"]);
        await run.WhenLineAsync("runs under the lock 'itself for ever' already");
        await run.WhenLineAsync("place 1 of 1");
        run.Signal(Posix.SigTerm);
        await run.ExpectExitAsync(ExitCode.SignalBase + Posix.SigTerm);
        Assert.False((await _runs.StatusAsync("itself for ever")).GetProperty("held").GetBoolean());
    }

    [Fact]
    public async Task Run_AnotherKeyUnderTheLock_SaysNothing()
    {
        var run = _runs.Run("outer", [], ["dotnet", .. _runs.RunLine("inner"), "sh", "-c", "echo \"$LOCK_HELD\""]);
        await run.ExpectExitAsync(0);
        Assert.Equal(["outer", "inner"], run.Out);
        Assert.Empty(run.Error);
    }

    /// <summary>The job is done, and the guard has nothing to guard any more.</summary>
    private async Task WhenOnlyHeldAsync(TestProcess run)
    {
        await _runs.WhenThereIsAsync("job");
        await GuardedRuns.WhenAsync(() => GuardedRuns.Entries().All(entry => entry.Parent != run.Id), "end of the guard");
    }

    /// <summary>Sent until it is obeyed: one that comes in the moment in which the command has just ended is the command's.</summary>
    private static async Task InterruptAsync(TestProcess run, int exitCode, int signal = Posix.SigTerm)
    {
        var exited = run.WhenExitedAsync();
        while (!exited.IsCompleted && Signals.TrySend(run.Id, signal))
            await Task.WhenAny(exited, Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System));
        Assert.Equal(exitCode, await exited);
    }
}
