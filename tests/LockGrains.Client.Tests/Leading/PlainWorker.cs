using Microsoft.Extensions.Hosting;

namespace LockGrains.Client.Tests.Leading;

/// <summary>A hosted service that is no background service: what it runs, only it knows. It has ended when its stop has.</summary>
internal sealed class PlainWorker(WorkerScript script, LeadershipContext context, ScopeWatch watch) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _work = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        watch.Watch(context.Leadership);
        _work = script.RunAsync(nameof(PlainWorker), context.Leadership, _stop.Token);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _work;
        script.OnStop?.Invoke();
    }

    public void Dispose() => _stop.Dispose();
}
