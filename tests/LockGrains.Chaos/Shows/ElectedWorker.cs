namespace LockGrains.Chaos;

/// <summary>The worker of an elected service: an entry every few milliseconds, also while it cleans up after it was told to stop.</summary>
internal sealed class ElectedWorker(LeadershipContext context, WorkFile file, WorkerOptions options) : BackgroundService
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Append();
            await Clock.DelayAsync(Step, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        for (var until = Clock.Now + Clock.Nanoseconds(options.CleanUp); Clock.Now < until;)
        {
            Append();
            await Clock.DelayAsync(Step, CancellationToken.None);
        }

        Append();
    }

    private void Append() => file.Append(new WorkEntry(context.Leadership.FencingToken, options.Name, Clock.Now));
}
