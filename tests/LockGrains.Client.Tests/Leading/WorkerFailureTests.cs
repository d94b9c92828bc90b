using LockGrains.Client.Tests.Fakes;
using LockGrains.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Tests.Leading;

/// <summary>A worker that cannot be made, that throws, and that does not stop well.</summary>
public sealed class WorkerFailureTests : IAsyncDisposable
{
    private readonly InMemoryLocks _locks = new();
    private readonly WorkerScript _script = new();
    private readonly ILockClient _observer;
    private ElectedHost? _host;

    public WorkerFailureTests() => _observer = _locks.CreateClient();

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        await _locks.DisposeAsync();
    }

    [Theory]
    [InlineData("make")]
    [InlineData("start")]
    [InlineData("run")]
    [InlineData("later")]
    [InlineData("cancelled")]
    public async Task Worker_Throws_TheLockIsReleasedAndThenTheHostStops(string when)
    {
        Prepare(when);
        var host = await StartAsync();
        await FailLaterAsync(when);
        await host.Stopping.WhenCancelledAsync("the stop of the host");

        Assert.Contains("has failed. The host is stopped.", await host.Log.WhenLoggedAsync(36), StringComparison.Ordinal);
        Assert.Equal(0, (await _observer.GetInfoAsync(ElectedHost.Key)).HolderCount);
        Assert.Equal(0, _script.AtWork);
    }

    [Theory]
    [InlineData("make")]
    [InlineData("start")]
    [InlineData("run")]
    [InlineData("later")]
    [InlineData("cancelled")]
    public async Task Worker_ThrowsAndThatIsIgnored_RunsAgainAfterAPause(string when)
    {
        Prepare(when);
        var host = await StartAsync(static options =>
            (options.ExceptionBehavior, options.Pause) = (BackgroundServiceExceptionBehavior.Ignore, TimeSpan.FromMilliseconds(100)));
        await FailLaterAsync(when);
        await host.Log.WhenLoggedAsync(36);

        // A start that failed has a run of its own, which was told to stop.
        var step = await _script.NextAsync();
        if (step.Stop.IsCancellationRequested)
            step = await _script.NextAsync();
        Assert.False(step.Stop.IsCancellationRequested);
        Assert.False(host.Stopping.IsCancellationRequested);
        Assert.Equal(1, _script.MostAtWork);
    }

    [Fact]
    public async Task Worker_Throws_TheHostsSettingDecidesUnlessTheServiceHasOne()
    {
        Prepare("run");
        _host = new ElectedHost(_locks, _script, static services => services
            .Configure<HostOptions>(static options => options.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore)
            .AddElectedHostedService<ScriptedWorker>(ElectedHost.Key, static options => options.Pause = TimeSpan.FromSeconds(1)));
        await _host.StartAsync();

        Assert.Contains("It campaigns again in 1 s.", await _host.Log.WhenLoggedAsync(36), StringComparison.Ordinal);
    }

    /// <summary>The token that it was started with tells it, whatever became of its own stop.</summary>
    [Fact]
    public async Task Worker_ThrowsInItsStop_IsToldAllTheSameAndWaitedFor()
    {
        _script.OnStop = static () => throw new InvalidOperationException("Broken.");
        var host = await StartAsync();
        var step = await _script.NextAsync();
        var stop = host.StopAsync();
        await step.Stop.WhenCancelledAsync("the word to stop");
        await host.Log.WhenLoggedAsync(39);

        Assert.Equal(1, (await _observer.GetInfoAsync(ElectedHost.Key)).HolderCount);
        step.Return();
        await stop.OrTimeoutAsync("the stop");
        Assert.Equal(0, (await _observer.GetInfoAsync(ElectedHost.Key)).HolderCount);
        Assert.DoesNotContain(host.Log.Entries, static entry => entry.Id == 36);
    }

    /// <summary>It did what it was told, if not well: that is no reason to stop the host.</summary>
    [Fact]
    public async Task Worker_ThrowsWhenItWasTold_HasNotFailed()
    {
        var host = await StartAsync();
        var step = await _script.NextAsync();
        await _locks.LoseAsync(ElectedHost.Key);
        await step.Stop.WhenCancelledAsync("the word to stop");
        step.Throw(new InvalidOperationException("The connection was closed."));

        await _script.NextAsync();
        Assert.Equal(LogLevel.Warning, Assert.Single(host.Log.Entries, static entry => entry.Id == 39).Level);
        Assert.DoesNotContain(host.Log.Entries, static entry => entry.Id == 36);
        Assert.False(host.Stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Worker_ThatIsAddedAsAHostedService_StopsTheHostAtItsStart()
    {
        _host = new ElectedHost(_locks, _script, static services => services
            .AddElectedHostedService<IdleWorker>(ElectedHost.Key).AddHostedService<IdleWorker>());

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(_host.StartAsync);
        Assert.Contains("IdleWorker is added by AddHostedService, too", exception.Message, StringComparison.Ordinal);
    }

    private void Prepare(string when)
    {
        var hasFailed = 0;
        switch (when)
        {
            case "make":
                _script.OnMake = FailOnce;
                break;
            case "start":
                (_script.OnStart, _script.Obeys) = (FailOnce, true);
                break;
            case "run":
                _script.OnRun = FailOnce;
                break;
        }

        void FailOnce()
        {
            if (Interlocked.Exchange(ref hasFailed, 1) == 0)
                throw new InvalidOperationException("Broken.");
        }
    }

    private async Task FailLaterAsync(string when)
    {
        if (when is "run")
            await _script.NextAsync();
        else if (when is "later")
            (await _script.NextAsync()).Throw(new InvalidOperationException("Broken."));
        else if (when is "cancelled")
            (await _script.NextAsync()).Throw(new OperationCanceledException("Nobody told it to."));
    }

    private async Task<ElectedHost> StartAsync(Action<ElectedServiceOptions>? configure = null) =>
        _host = await ElectedHost.StartAsync(_locks, _script, configure);

    private sealed class IdleWorker : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
