namespace LockGrains.Chaos;

internal sealed class KillTwoFault : Fault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    public override string Name => "kill-two-of-three";

    public override string Describe => "Two of the three shipped silos are killed (kill -9) at once. They stay away until their keys are granted again.";

    public override double Share => 0.7;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var owners = await context.Cluster.FindOwnersAsync(cancellationToken);
        var victims = context.Cluster.ShippedSilos.OrderBy(_ => context.Random.Next()).Take(2).ToList();
        context.Affect(owners.Where(pair => victims.Contains(pair.Value)).Select(pair => pair.Key));
        context.Began();
        victims.ForEach(victim => victim.Kill());
    }

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken) => context.WhenRecoveredAsync(Patience, cancellationToken);
}

internal sealed class KillAllFault : Fault
{
    public override string Name => "kill-all-silos";

    public override string Describe => "All silos are killed (kill -9) at once, also the silo with clients in it. All are started again.";

    public override double Share => 0.7;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        foreach (var silo in context.Cluster.Silos)
            silo.Kill();
        foreach (var silo in context.Cluster.Silos)
            await silo.Process.WhenEndedAsync(TimeSpan.FromSeconds(5), cancellationToken);
    }
}

internal sealed class KillCoHostFault : Fault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    public override string Name => "kill-cohost";

    public override string Describe => "The silo that has clients in it is killed (kill -9). Locks, holders and waiters are lost together.";

    public override Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        context.Cluster.Silos.Single(silo => silo.IsCoHosted).Kill();
        return Task.CompletedTask;
    }

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken) => context.WhenRecoveredAsync(Patience, cancellationToken);
}

internal sealed class RestartOwnerFault : Fault
{
    public override string Name => "restart-owner";

    public override string Describe => "The silo that serves a hot key is killed (kill -9). It is started again at once, at the same address.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var owner = await context.PickOwnerAsync(cancellationToken);
        context.Began();
        owner.Kill();
        await owner.Process.WhenEndedAsync(TimeSpan.FromSeconds(5), cancellationToken);
    }
}
