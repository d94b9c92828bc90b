using LockGrains.Client.Tests.Fakes;
using LockGrains.Testing;

namespace LockGrains.Client.Tests.Leading;

/// <summary>What an elected service does by the clock.</summary>
public sealed class ElectedServiceTimeTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly WorkerScript _script = new();
    private ElectedHost? _host;

    public ElectedServiceTimeTests() => _locks = new InMemoryLocks(_clock);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        await _locks.DisposeAsync();
    }

    /// <summary>A third of the lease is left when the worker is told.</summary>
    [Fact]
    public async Task AtRisk_WorkerIsTold_LongBeforeTheLockIsLost_AndRunsAgainLater()
    {
        _script.Obeys = true;
        var host = await StartAsync();
        var step = await _script.NextAsync();
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.False(step.Stop.IsCancellationRequested);
        _locks.CutOff(host.Client);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(20));

        await step.Stop.WhenCancelledAsync("the word to stop");
        Assert.Contains("its lock is at risk", await host.Log.WhenLoggedAsync(33), StringComparison.Ordinal);
        Assert.InRange(step.Leadership.Handle.Remaining, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.False(step.Leadership.LostToken.IsCancellationRequested);
        _locks.Reconnect(host.Client);
        var next = _script.NextAsync();
        await AdvanceUntilAsync(next);
        Assert.True((await next).FencingToken > step.FencingToken);
        Assert.Equal(1, _script.MostAtWork);
    }

    [Fact]
    public async Task WorkerDoesNotStop_IsNamedAgainAndAgain()
    {
        var host = await StartAsync(static options => options.WarnAfter = TimeSpan.FromSeconds(7));
        var step = await _script.NextAsync();
        var stop = host.StopAsync();
        await step.Stop.WhenCancelledAsync("the word to stop");
        var begin = _clock.GetUtcNow();
        var warned = host.Log.WhenLoggedAsync(37);
        await AdvanceUntilAsync(warned);

        Assert.StartsWith("ScriptedWorker still runs ", await warned, StringComparison.Ordinal);
        Assert.Contains("It keeps the lock 'scheduler'", await warned, StringComparison.Ordinal);
        await AdvanceUntilAsync(() => host.Log.Entries.Count(static entry => entry.Id == 37) == 3);
        Assert.True(_clock.GetUtcNow() - begin >= TimeSpan.FromSeconds(21));
        step.Return();
        await AdvanceUntilAsync(stop);
        Assert.Contains(host.Log.Entries, static entry => entry.Id == 34);
    }

    [Fact]
    public async Task Pause_IsAsLongAsItIsSet()
    {
        var host = await StartAsync(static options => options.Pause = TimeSpan.FromSeconds(30));
        (await _script.NextAsync()).Return();
        await host.Log.WhenLoggedAsync(34);
        var begin = _clock.GetUtcNow();
        var next = _script.NextAsync();
        await AdvanceUntilAsync(next);

        Assert.True(_clock.GetUtcNow() - begin >= TimeSpan.FromSeconds(30));
    }

    /// <summary>A leader of a limited time is told before its end, and stands at the end of the queue again.</summary>
    [Fact]
    public async Task MaxHold_Over_WorkerIsTold_AndAnotherHostLeads()
    {
        _script.Obeys = true;
        var host = await StartAsync(static options => options.Acquire = new AcquireOptions { MaxHold = TimeSpan.FromMinutes(10) });
        var step = await _script.NextAsync();
        await using var second = await ElectedHost.StartAsync(_locks, _script, clock: _clock);
        await _locks.WhenAsync(ElectedHost.Key, static info => info.QueueLength == 1);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(9));
        Assert.False(step.Stop.IsCancellationRequested);
        var next = _script.NextAsync();
        await AdvanceUntilAsync(next);

        Assert.True(second.Service.IsLeader);
        Assert.False(host.Service.IsLeader);
        Assert.Equal(1, _script.MostAtWork);
    }

    private async Task<ElectedHost> StartAsync(Action<ElectedServiceOptions>? configure = null) =>
        _host = await ElectedHost.StartAsync(_locks, _script, configure, _clock);

    private Task AdvanceUntilAsync(Task task) => AdvanceUntilAsync(() => task.IsCompleted);

    /// <summary>The clock does not see the pool, on which a worker runs: so it goes in small steps, and on until that has come.</summary>
    private async Task AdvanceUntilAsync(Func<bool> isSo)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < Guard, "It has not come.");
            await _clock.AdvanceAsync(Step);
        }
    }
}
