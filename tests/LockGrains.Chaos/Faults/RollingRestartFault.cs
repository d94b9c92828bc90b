namespace LockGrains.Chaos;

internal sealed class RollingRestartFault : Fault
{
    public override string Name => "rolling-restart";

    public override string Describe => "One shipped silo after the other is stopped (SIGTERM) and started again, under load with full queues. No client may see an error.";

    public override double Share => 0.5;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        foreach (var silo in context.Cluster.ShippedSilos)
        {
            await silo.StopAsync(cancellationToken);
            await context.Cluster.StartSiloAsync(silo, cancellationToken);
            await FaultContext.LastAsync(TimeSpan.FromMilliseconds(500), cancellationToken);
        }
    }
}
