using Microsoft.Extensions.Hosting;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// Works under a lock until its host stops it, and then takes its time to clean up, as long as the lock is not lost. It knows nothing but
/// the token of its host and that of the loss.
/// </summary>
internal sealed class StoppedWorker(ILockClient locks, StoppedWorker.Job job) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var handle = await locks.AcquireAsync(job.Key, cancellationToken: stoppingToken);
        var work = job.Log.Begin(job.Name, handle.FencingToken);
        await using var loss = handle.HandleLostToken.UnsafeRegister(static work => ((WorkLog.Work)work!).End(), work);
        job.AtWork.SetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(job.CleanUp, TimeProvider.System, handle.HandleLostToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        work.End();
    }

    internal sealed record Job(string Key, string Name, WorkLog Log, TimeSpan CleanUp)
    {
        public TaskCompletionSource AtWork { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
