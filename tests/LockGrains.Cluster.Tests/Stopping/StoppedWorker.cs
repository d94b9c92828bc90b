using Microsoft.Extensions.Hosting;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// Works under a lock until its host stops it, and then takes its time to clean up, as long as the lock is not lost. It knows nothing but
/// the token of its host and that of the loss, unless it listens to the early warning as well. Where it ends beside Orleans, it begins
/// to clean up when that begins to stop.
/// </summary>
internal sealed class StoppedWorker(ILockClient locks, StoppedWorker.Job job) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var handle = await locks.AcquireAsync(job.Key, cancellationToken: stoppingToken);
        var work = job.Log.Begin(job.Name, handle.FencingToken);
        await using var loss = handle.HandleLostToken.UnsafeRegister(static work => ((WorkLog.Work)work!).End(), work);
        job.AtWork.SetResult();
        using var told = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, job.EndsAtRisk ? handle.AtRiskToken : default);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, told.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (job.EndsBesideOrleans)
            await job.OrleansStops.Task.WaitAsync(handle.HandleLostToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(job.CleanUp, TimeProvider.System, handle.HandleLostToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        work.End();
    }

    /// <summary>Tells the worker that Orleans begins to stop, be it a silo or a client.</summary>
    internal sealed class StopSignal<TLifecycle>(Job job) : ILifecycleParticipant<TLifecycle>
        where TLifecycle : ILifecycleObservable
    {
        public void Participate(TLifecycle observer) =>
            observer.Subscribe(nameof(StopSignal<>), ServiceLifecycleStage.Active, static _ => Task.CompletedTask, TellAsync);

        private Task TellAsync(CancellationToken cancellationToken)
        {
            job.OrleansStops.TrySetResult();
            return Task.CompletedTask;
        }
    }

    internal sealed record Job(string Key, string Name, WorkLog Log, TimeSpan CleanUp, bool EndsAtRisk, bool EndsBesideOrleans)
    {
        public TaskCompletionSource OrleansStops { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource AtWork { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
