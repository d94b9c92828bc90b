namespace LockGrains.Chaos;

internal sealed class TwoClustersFault : Fault
{
    // The queue that it finds has the other cluster's callers in it; it drops them when the presence window is over.
    private static readonly TimeSpan GrantPatience = TimeSpan.FromSeconds(20);

    public override string Name => "two-clusters";

    public override string Describe => "A second cluster with the same service id uses the same records, with its own clients, for 3 to 5 s from when each key was granted there, or after 20 s. Every key has two activations.";

    public override double Share => 0.5;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (silo, worker) = await context.Cluster.GetRivalsAsync();
        await context.Cluster.StartSiloAsync(silo, cancellationToken);
        await context.Cluster.StartWorkerAsync(worker, cancellationToken);
        context.Began();
        await context.Cluster.History.WhenGrantedToAsync(worker.HistoryName, context.Cluster.HotKeys, context.BeganAt, GrantPatience, cancellationToken);
        await FaultContext.LastAsync(context.Between(3, 5), cancellationToken);
    }

    public override async Task HealAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (silo, worker) = await context.Cluster.GetRivalsAsync();
        try
        {
            // In good order, so that none of its waiters are left dead in the queues for the next fault.
            if (worker.IsRunning)
                await worker.StopAsync(cancellationToken);
            if (silo.IsRunning)
                await silo.StopAsync(cancellationToken);
        }
        finally
        {
            worker.Kill();
            silo.Kill();
        }
    }
}
