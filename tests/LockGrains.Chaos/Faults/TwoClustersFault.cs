namespace LockGrains.Chaos;

internal sealed class TwoClustersFault : Fault
{
    public override string Name => "two-clusters";

    public override string Describe => "A second cluster with the same service id uses the same records for 3 to 5 s, with its own clients. Every key has two activations.";

    public override double Share => 0.5;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (silo, worker) = await context.Cluster.GetRivalsAsync();
        await context.Cluster.StartSiloAsync(silo, cancellationToken);
        await context.Cluster.StartWorkerAsync(worker, cancellationToken);
        context.Began();
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
