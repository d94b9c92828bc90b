using LockGrains.Client.Tests.Fakes;
using LockGrains.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.Client.Tests.Leading;

/// <summary>Where a worker runs, when it stops, and what waits for its real end. The hosts share a script, which counts who is at work.</summary>
public sealed class ElectedServiceTests : IAsyncDisposable
{
    private readonly InMemoryLocks _locks = new();
    private readonly WorkerScript _script = new();
    private readonly List<ElectedHost> _hosts = [];
    private readonly ILockClient _observer;

    public ElectedServiceTests() => _observer = _locks.CreateClient();

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
        await _locks.DisposeAsync();
    }

    /// <summary>The hand-over after a clean stop: it follows the end of the worker, and nothing else is waited for.</summary>
    [Fact]
    public async Task TwoHosts_FirstStops_TheOtherRunsWhenItsWorkerHasReallyEnded()
    {
        var first = await StartAsync();
        var step = await _script.NextAsync();
        var second = await StartAsync();
        await _locks.WhenAsync(ElectedHost.Key, static info => info.QueueLength == 1);
        var stop = first.StopAsync();
        await step.Stop.WhenCancelledAsync("the word to stop");

        Assert.Equal(ElectedServiceState.Stopping, first.Service.State);
        Assert.Equal(step.FencingToken, (await _observer.GetInfoAsync(ElectedHost.Key)).Holder!.FencingToken);
        Assert.False(stop.IsCompleted);
        step.Return();
        var next = await _script.NextAsync();
        Assert.True(next.FencingToken > step.FencingToken);
        Assert.Equal(1, _script.MostAtWork);
        await stop.OrTimeoutAsync("the stop");
        Assert.True(second.Service.IsLeader);
        Assert.Contains("the host stops", await first.Log.WhenLoggedAsync(33), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_WorkerDoesNotStop_ThisHostDoesNotCampaignBeforeItHasEnded()
    {
        var host = await StartAsync();
        var step = await _script.NextAsync();
        await _locks.LoseAsync(ElectedHost.Key);
        await step.Stop.WhenCancelledAsync("the word to stop");
        await host.Log.WhenLoggedAsync(38);
        await using (await _observer.AcquireAsync(ElectedHost.Key))
        {
            // That took a while, and nobody has come meanwhile.
            Assert.Equal(0, (await _observer.GetInfoAsync(ElectedHost.Key)).QueueLength);
            Assert.Equal(ElectedServiceState.Stopping, host.Service.State);
            step.Return();
            await _locks.WhenAsync(ElectedHost.Key, static info => info.QueueLength == 1);
        }

        Assert.True((await _script.NextAsync()).FencingToken > step.FencingToken);
        Assert.Equal(1, _script.MostAtWork);
        Assert.Empty(host.Ends);
    }

    [Fact]
    public async Task Lost_WithFailFast_TheProcessEndsWhileTheWorkerRuns()
    {
        var host = await StartAsync(static options => options.FailFastAtLoss = true);
        await _script.NextAsync();
        await _locks.LoseAsync(ElectedHost.Key);
        await host.Log.WhenLoggedAsync(38);

        Assert.Contains("the lock 'scheduler' (fencing token ", Assert.Single(host.Ends), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_WorkerHasEndedBefore_NothingIsLostAndTheProcessGoesOn()
    {
        var host = await StartAsync(static options => (options.FailFastAtLoss, options.Pause) = (true, TimeSpan.FromHours(1)));
        (await _script.NextAsync()).Return();
        await host.Log.WhenLoggedAsync(34);

        Assert.Empty(host.Ends);
        Assert.DoesNotContain(host.Log.Entries, static entry => entry.Id == 38);
    }

    [Fact]
    public async Task Stop_WhileALostWorkerStops_WaitsForItAndCampaignsNoMore()
    {
        var host = await StartAsync();
        var step = await _script.NextAsync();
        await _locks.LoseAsync(ElectedHost.Key);
        await step.Stop.WhenCancelledAsync("the word to stop");
        var stop = host.StopAsync();
        await host.Stopping.WhenCancelledAsync("the stop of the host");
        Assert.False(stop.IsCompleted);

        step.Return();
        await stop.OrTimeoutAsync("the stop");
        Assert.Equal(ElectedServiceState.Stopped, host.Service.State);
        Assert.Equal((0, 0), await CountAsync());
    }

    [Fact]
    public async Task Stop_WhileItWaits_LeavesTheQueueAndTheLeader()
    {
        var leader = await StartAsync();
        await _script.NextAsync();
        var waiting = await StartAsync();
        await _locks.WhenAsync(ElectedHost.Key, static info => info.QueueLength == 1);
        await waiting.StopAsync().OrTimeoutAsync("the stop");

        Assert.Equal((1, 0), await CountAsync());
        Assert.True(leader.Service.IsLeader);
        Assert.Equal(1, _script.AtWork);
    }

    /// <summary>The host waits no longer. The lock is left to its lease: the worker may still write.</summary>
    [Fact]
    public async Task Stop_WorkerDoesNotStopInTime_TheLockIsNotReleasedBeforeItHasEnded()
    {
        var host = await StartAsync();
        var step = await _script.NextAsync();
        await host.StopAsync(new CancellationToken(canceled: true)).OrTimeoutAsync("the stop");

        Assert.Contains("'scheduler'", await host.Log.WhenLoggedAsync(40), StringComparison.Ordinal);
        Assert.Equal(step.FencingToken, (await _observer.GetInfoAsync(ElectedHost.Key)).Holder!.FencingToken);
        step.Return();
        await _locks.WhenAsync(ElectedHost.Key, static info => info.HolderCount == 0);
    }

    [Fact]
    public async Task Worker_ReturnsEarly_RunsAgainAfterAPause()
    {
        var host = await StartAsync(static options => options.Pause = TimeSpan.FromMilliseconds(100));
        var step = await _script.NextAsync();
        step.Return();

        Assert.True((await _script.NextAsync()).FencingToken > step.FencingToken);
        Assert.Equal(1, _script.MostAtWork);
        Assert.Contains("it has ended by itself", await host.Log.WhenLoggedAsync(33), StringComparison.Ordinal);
        Assert.False(host.Stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Worker_ReturnsEarly_AnotherHostRunsDuringThePause()
    {
        var first = await StartAsync(static options => options.Pause = TimeSpan.FromHours(1));
        var step = await _script.NextAsync();
        var second = await StartAsync();
        await _locks.WhenAsync(ElectedHost.Key, static info => info.QueueLength == 1);
        step.Return();

        await _script.NextAsync();
        Assert.True(second.Service.IsLeader);
        await first.Log.WhenLoggedAsync(34);
        await first.StopAsync().OrTimeoutAsync("the stop, which ends the pause");
    }

    [Fact]
    public async Task Worker_ThatIsNoBackgroundService_HasEndedWhenItsStopHas_AndItsScopeBeforeTheRelease()
    {
        var log = new ScopeLog();
        var host = Add(new ElectedHost(_locks, _script, services => services
            .AddSingleton(log).AddScoped<ScopeWatch>().AddElectedHostedService<PlainWorker>(ElectedHost.Key)));
        await host.StartAsync();
        var step = await _script.NextAsync();
        var stop = host.StopAsync();
        await step.Stop.WhenCancelledAsync("the word to stop");
        Assert.Equal((1, 0), await CountAsync());

        step.Return();
        await stop.OrTimeoutAsync("the stop");
        Assert.Equal((0, 0), await CountAsync());
        Assert.True(log.WasHeld);
    }

    /// <summary>They are two candidates of one host: only one of them leads.</summary>
    [Fact]
    public async Task TwoWorkersOfOneKey_InOneHost_NeverRunAtOnce()
    {
        var host = Add(new ElectedHost(_locks, _script, static services => services
            .AddElectedHostedService<ScriptedWorker>(ElectedHost.Key).AddElectedHostedService<OtherWorker>(ElectedHost.Key)));
        await host.StartAsync();
        var step = await _script.NextAsync();
        await _locks.WhenAsync(ElectedHost.Key, static info => info.QueueLength == 1);
        Assert.Contains("2 services of this host campaign for 'scheduler'", await host.Log.WhenLoggedAsync(41), StringComparison.Ordinal);

        step.Return();
        Assert.NotEqual(step.Worker, (await _script.NextAsync()).Worker);
        Assert.Equal(1, _script.MostAtWork);
        Assert.Single(host.Services.GetServices<IElectedService>(), static service => service.IsLeader);
    }

    private async Task<(int Holders, int Waiters)> CountAsync()
    {
        var info = await _observer.GetInfoAsync(ElectedHost.Key);
        return (info.HolderCount, info.QueueLength);
    }

    private async Task<ElectedHost> StartAsync(Action<ElectedServiceOptions>? configure = null) =>
        Add(await ElectedHost.StartAsync(_locks, _script, configure));

    private ElectedHost Add(ElectedHost host)
    {
        _hosts.Add(host);
        return host;
    }
}
