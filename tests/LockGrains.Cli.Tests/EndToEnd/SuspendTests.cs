using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>
/// A machine that slept past the lease: lockgrains, its guard and the whole tree stood still. They are ended as soon as anybody of them goes
/// on, and nobody was at work beside the next holder until then.
/// </summary>
public sealed class SuspendTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    // At work until it is killed, in its own group and in others.
    private const string Tree = "trap '' TERM; setsid sleep 600 & timeout 600 sleep 600 & (setsid sleep 600 &) ; echo up; while :; do echo work >> work; sleep 0.02; done";

    private readonly GuardedRuns _runs;

    public SuspendTests(SingleSiloFixture silo) => _runs = new GuardedRuns(silo.Url);

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task Run_AllWereStopped_IsLostAtTheFirstLook()
    {
        var run = await SleepAsync("stopped", clock: null);
        _runs.SignalAll(run, Posix.SigCont);
        await ExpectLostAsync(run);
    }

    [Fact]
    public async Task Run_AllWereStoppedAndLockgrainsStaysSo_GuardEndsTheTree()
    {
        var run = await SleepAsync("stopped for good", clock: null);
        await ExpectGuardEndsTreeAsync(run);
    }

    /// <summary>
    /// The monotonic clock of a machine stands still in its sleep. By it nothing would be over here for an hour: whoever counts by it, or waits
    /// for one of its timers, does not come to an end.
    /// </summary>
    [RequiresFact("gcc")]
    public async Task Run_MonotonicClockStoodStill_IsLostAtTheFirstLook()
    {
        using var clock = StillClock.Create(_runs.Folder);
        var run = await SleepAsync("asleep", clock);
        _runs.SignalAll(run, Posix.SigCont);
        await ExpectLostAsync(run);
    }

    [RequiresFact("gcc")]
    public async Task Run_MonotonicClockStoodStillAndLockgrainsIsStopped_GuardEndsTheTree()
    {
        using var clock = StillClock.Create(_runs.Folder);
        var run = await SleepAsync("asleep for good", clock);
        await ExpectGuardEndsTreeAsync(run);
    }

    [RequiresFact("gcc")]
    public async Task Run_MonotonicClockStoodStillAndTheGuardIsStopped_LockgrainsEndsTheTree()
    {
        using var clock = StillClock.Create(_runs.Folder);
        var run = await SleepAsync("half asleep", clock);
        foreach (var process in _runs.Alive)
            _ = Posix.Kill(process.Id, Posix.SigCont);
        run.Signal(Posix.SigCont);
        await ExpectLostAsync(run);
    }

    /// <summary>The command and its guard go on, lockgrains does not until the tree is gone.</summary>
    private async Task ExpectGuardEndsTreeAsync(TestProcess run)
    {
        foreach (var process in _runs.Alive)
            _ = Posix.Kill(process.Id, Posix.SigCont);
        _ = Posix.Kill(GuardedRuns.GuardOf(run), Posix.SigCont);
        await _runs.WhenNothingIsAliveAsync();
        run.Signal(Posix.SigCont);
        await ExpectLostAsync(run);
    }

    /// <summary>A command under a lock that sleeps until the next holder has come and gone.</summary>
    private async Task<TestProcess> SleepAsync(string key, StillClock? clock)
    {
        var script = $"cd '{_runs.Folder}'; {Tree}";
        var run = _runs.RunWith(clock?.Environment ?? [], key, GuardedRuns.Short, "sh", "-c", script);
        await run.WhenLineAsync("up");

        // Some of it may be started, or adopted, between two looks.
        for (var look = 0; look < 3; look++)
            _runs.SignalAll(run, Signals.Stop);

        var next = _runs.Next(key);
        await next.WhenLineAsync("mine");
        var work = new FileInfo(_runs.File("work")).Length;
        await next.WriteInputAsync("end\n");
        await next.ExpectExitAsync(0);
        Assert.Equal(work, new FileInfo(_runs.File("work")).Length);
        clock?.StandStill(TimeSpan.FromHours(1));
        return run;
    }

    private async Task ExpectLostAsync(TestProcess run)
    {
        await run.ExpectExitAsync(ExitCode.Lost);
        Assert.Empty(_runs.Alive);
        Assert.Contains(run.Error, line => line.Contains("is not held any more: its lease was not renewed in time", StringComparison.Ordinal));
    }
}
