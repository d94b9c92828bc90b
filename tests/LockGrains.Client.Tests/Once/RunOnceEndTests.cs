using LockGrains.Client.Tests.Fakes;
using LockGrains.Testing;

namespace LockGrains.Client.Tests.Once;

/// <summary>Work that runs once per cluster and does not end well, or whose process dies, is paused, or loses the lock.</summary>
public sealed class RunOnceEndTests : IAsyncDisposable
{
    private const string Key = "migrate";

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly ILockClient _client;
    private readonly ILockClient _other;
    private readonly List<string> _told = [];

    public RunOnceEndTests()
    {
        _locks = new InMemoryLocks(_clock);
        _client = _locks.CreateClient();
        _other = _locks.CreateClient();
    }

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task Run_WorkThrows_StoresNothingAndTheNextRuns()
    {
        var first = RunAsync(_client, async (_, stop) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(10), _clock, stop);
            throw new FormatException("Broken.");
        });
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        var second = RunAsync(_other, Says("two"));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("Broken.", (await Assert.ThrowsAsync<FormatException>(() => first.OrTimeoutAsync("the failure"))).Message);
        Assert.Equal(RunOnceStatus.Ran, (await second.OrTimeoutAsync("the next run")).Status);
    }

    [Fact]
    public async Task Run_WorkThrowsWithALeastTime_KeepsTheLockForIt()
    {
        var options = new RunOnceOptions { Acquire = new AcquireOptions { HoldFor = TimeSpan.FromMinutes(1) } };
        await Assert.ThrowsAsync<FormatException>(() => RunAsync(_client, (_, _) => Task.FromException<string>(new FormatException()), options).OrTimeoutAsync("the failure"));
        var second = RunAsync(_other, Says("two"), options);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(59));
        Assert.False(second.IsCompleted);

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(RunOnceStatus.Ran, (await second.OrTimeoutAsync("the next run")).Status);
    }

    /// <summary>Its process is gone: nobody renews or releases.</summary>
    [Fact]
    public async Task Run_ProcessDies_TheNextRunsWhenTheLeaseHasEnded()
    {
        _ = RunAsync(_client, UntilAsync(TimeSpan.FromDays(1)));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);
        var second = RunAsync(_other, Says("two"));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(15));
        Assert.False(second.IsCompleted);

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("two", (await second.OrTimeoutAsync("the next run")).Outcome);
    }

    /// <summary>The work does not look at its token. When it has ended, another one has run, and its outcome stays.</summary>
    [Fact]
    public async Task Run_PausedPastItsLease_IsToldThatItIsNotStoredAndTheRecordOfTheNextStays()
    {
        var first = RunAsync(_client, async (_, _) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(5), _clock, CancellationToken.None);
            return "one";
        });
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);
        var second = RunAsync(_other, Says("two"));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        var ran = await second.OrTimeoutAsync("the next run");
        _locks.Reconnect(_client);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(5));

        var problem = await Assert.ThrowsAsync<RunOnceUnstoredException>(() => first.OrTimeoutAsync("the end"));
        Assert.Equal((Key, "", "one", false), (problem.Key, problem.Edition, problem.Outcome, problem.MayBeStored));
        Assert.True(problem.FencingToken > 0 && problem.FencingToken < ran.Last!.FencingToken);
        Assert.IsType<LockLostException>(problem.InnerException);
        Assert.StartsWith("The work of 'migrate' has run to its end, and its outcome is not stored. It may run again. ", problem.Message, StringComparison.Ordinal);
        Assert.Equal(ran.Last, await _other.GetLastRunAsync(Key));
    }

    /// <summary>A third of the lease is left then: the work has ended before another one runs.</summary>
    [Fact]
    public async Task Run_LockAtRisk_TellsTheWorkAndItHasEndedBeforeTheNextRuns()
    {
        var first = RunAsync(_client, async (handle, stop) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            _told.Add(handle.HandleLostToken.IsCancellationRequested ? "lost" : "at risk");
            await Task.Delay(TimeSpan.FromSeconds(8), _clock, CancellationToken.None);
            _told.Add("ended");
            throw new OperationCanceledException(stop);
        });
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);
        var second = RunAsync(_other, Says("two"));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("two", (await second.OrTimeoutAsync("the next run")).Outcome);
        Assert.Equal(["at risk", "ended", "two"], _told);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.OrTimeoutAsync("the end"));
    }

    [Fact]
    public async Task Run_LockIsLostAndTheWorkStops_TellsTheLoss()
    {
        var run = RunAsync(_client, UntilAsync(TimeSpan.FromDays(1)));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        await _locks.LoseAsync(Key);

        Assert.Equal(EndReason.Revoked, (await Assert.ThrowsAsync<LockLostException>(() => run.OrTimeoutAsync("the end"))).End);
        Assert.Null(await _other.GetLastRunAsync(Key));
    }

    [Fact]
    public async Task Run_WorkIsLongerThanItsMostTime_IsToldToStopAndNotStored()
    {
        var options = new RunOnceOptions { Acquire = new AcquireOptions { MaxHold = TimeSpan.FromMinutes(2) } };
        var run = RunAsync(
            _client,
            async (_, stop) =>
            {
                using var told = stop.Register(() => _told.Add($"{_clock.GetUtcNow():m:ss}"));
                await Task.Delay(TimeSpan.FromMinutes(3), _clock, CancellationToken.None);
                return "late";
            },
            options);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(4));

        Assert.False((await Assert.ThrowsAsync<RunOnceUnstoredException>(() => run.OrTimeoutAsync("the end"))).MayBeStored);
        Assert.Equal(["1:50"], _told);
    }

    [Fact]
    public async Task Run_CallerCancelsWhileItWaits_IsCancelledAndLeavesNothingBehind()
    {
        using var cancel = new CancellationTokenSource();
        _ = RunAsync(_client, UntilAsync(TimeSpan.FromMinutes(10)));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        var waiting = _clock.RunAsync(() => _other.RunOnceAsync(Key, Says("two"), cancellationToken: cancel.Token));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await _other.GetInfoAsync(Key)).QueueLength);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.OrTimeoutAsync("the end"));
        await _locks.WhenAsync(Key, static info => info.QueueLength == 0);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Run_CallerCancelsAndTheWorkStops_IsCancelledByTheCallersTokenAndStoresNothing()
    {
        using var cancel = new CancellationTokenSource();
        var run = _clock.RunAsync(() => _client.RunOnceAsync(Key, UntilAsync(TimeSpan.FromDays(1)), cancellationToken: cancel.Token));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        await cancel.CancelAsync();

        var stopped = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.OrTimeoutAsync("the end"));
        Assert.Equal(cancel.Token, stopped.CancellationToken);
        Assert.Null(await _other.GetLastRunAsync(Key));
        Assert.Equal(RunOnceStatus.Ran, (await RunAsync(_other, Says("two")).OrTimeoutAsync("the next run")).Status);
    }

    [Fact]
    public async Task Run_CallerCancelsAndTheWorkEndsWell_IsStored()
    {
        using var cancel = new CancellationTokenSource();
        var run = _clock.RunAsync(() => _client.RunOnceAsync(
            Key,
            async (_, _) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(10), _clock, CancellationToken.None);
                return "done";
            },
            cancellationToken: cancel.Token));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        await cancel.CancelAsync();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(RunOnceStatus.Ran, (await run.OrTimeoutAsync("the end")).Status);
        Assert.Equal("done", (await _other.GetLastRunAsync(Key))!.Outcome);
    }

    [Fact]
    public async Task Run_OutcomeTooLarge_IsToldThatItIsNotStored()
    {
        var problem = await Assert.ThrowsAsync<RunOnceUnstoredException>(
            () => RunAsync(_client, (_, _) => Task.FromResult(new string('x', 1_024)), new RunOnceOptions { Edition = "7" }).OrTimeoutAsync("the end"));

        Assert.False(problem.MayBeStored);
        Assert.Equal(("7", 1_024), (problem.Edition, problem.Outcome.Length));
        Assert.Contains("it must have at most 1024", Assert.IsType<ArgumentException>(problem.InnerException).Message, StringComparison.Ordinal);
        Assert.Null(await _other.GetLastRunAsync(Key));
        Assert.Equal(RunOnceStatus.Ran, (await RunAsync(_other, Says("two")).OrTimeoutAsync("the next run")).Status);
    }

    [Fact]
    public async Task Run_WorkReleasesTheHandle_IsToldThatItIsNotStored()
    {
        var problem = await Assert.ThrowsAsync<RunOnceUnstoredException>(() => RunAsync(_client, async (handle, _) =>
        {
            await handle.ReleaseAsync(CancellationToken.None);
            return "one";
        }).OrTimeoutAsync("the end"));

        Assert.False(problem.MayBeStored);
        Assert.Equal(EndReason.Released, Assert.IsType<LockLostException>(problem.InnerException).End);
    }

    [Fact]
    public async Task Run_NobodyCanSayWhetherItIsStored_IsToldSo()
    {
        var test = new TestClient(options =>
        {
            options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(3);
            options.UnavailableTimeout = TimeSpan.FromSeconds(9);
        });
        test.Grain.GetValue.Otherwise = Replies.Value(null, 0);
        test.Grain.Acquire.Reply(Replies.Granted());
        test.Grain.SetValue.Otherwise = new ValueReply { Status = ValueStatus.Unknown, Detail = "storage is away" };
        var run = test.Client.RunOnceAsync(TestClient.Key, (_, _) => Task.FromResult("one"));
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(3));
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(3));

        var problem = await Assert.ThrowsAsync<RunOnceUnstoredException>(() => run.OrTimeoutAsync("the end of patience"));
        Assert.True(problem.MayBeStored);
        Assert.Equal(Replies.Token, problem.FencingToken);
        Assert.IsType<LockUnavailableException>(problem.InnerException);
        Assert.Contains("nobody can say whether its outcome is stored", problem.Message, StringComparison.Ordinal);
        Assert.All(test.Grain.SetValue.Calls, call => Assert.Equal($"once/1\n{Replies.Token}\n\none", call.Value.Text));
        Assert.Single(test.Grain.Release.Calls);
    }

    /// <summary>A reply may have been lost before that, so nobody can say.</summary>
    [Fact]
    public async Task Run_SiloSaysThatTheLockIsNotHeld_MayBeStored()
    {
        var test = new TestClient();
        test.Grain.GetValue.Otherwise = Replies.Value(null, 0);
        test.Grain.Acquire.Reply(Replies.Granted());
        test.Grain.SetValue.Reply(new ValueReply { Status = ValueStatus.NotHeld, End = EndReason.Revoked });

        var problem = await Assert.ThrowsAsync<RunOnceUnstoredException>(
            () => test.Client.RunOnceAsync(TestClient.Key, (_, _) => Task.FromResult("one")).OrTimeoutAsync("the end"));
        Assert.True(problem.MayBeStored);
        Assert.Equal(EndReason.Revoked, Assert.IsType<LockLostException>(problem.InnerException).End);
    }

    private Func<LockHandle, CancellationToken, Task<string>> Says(string outcome) => (_, _) =>
    {
        _told.Add(outcome);
        return Task.FromResult(outcome);
    };

    private Func<LockHandle, CancellationToken, Task<string>> UntilAsync(TimeSpan time) => async (_, stop) =>
    {
        await Task.Delay(time, _clock, stop);
        return "";
    };

    private Task<RunOnceResult> RunAsync(ILockClient client, Func<LockHandle, CancellationToken, Task<string>> body, RunOnceOptions? options = null) =>
        _clock.RunAsync(() => client.RunOnceAsync(Key, body, options));
}
