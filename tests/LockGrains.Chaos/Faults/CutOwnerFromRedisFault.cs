namespace LockGrains.Chaos;

internal sealed class CutOwnerFromRedisFault : Fault
{
    private SiloNode? _owner;

    public override string Name => "cut-owner-from-redis";

    public override string Describe => "The silo that serves a hot key loses Redis for 2 to 4 s, and nothing else.";

    public override string? FindObstacle(ChaosCluster cluster) => cluster.Net.Obstacle;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        _owner = await context.PickOwnerAsync(cancellationToken);
        context.Began();
        await context.Cluster.Net.CutAsync(_owner.Place, new Cut([context.Cluster.Net.Host], Port: _owner.Proxy.EndPoint.Port), cancellationToken);
        await FaultContext.LastAsync(context.Between(2, 4), cancellationToken);
    }

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken) =>
        _owner is null ? Task.CompletedTask : context.Cluster.Net.HealAsync(_owner.Place);
}
