namespace LockGrains.Chaos;

internal sealed class PauseAllSilosFault : Fault
{
    public override string Name => "pause-all-silos";

    public override string Describe => "All silos are stopped at once (SIGSTOP) for 1 to 4 s.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        foreach (var silo in context.Cluster.Silos)
            silo.Pause();
        await FaultContext.LastAsync(context.Between(1, 4), cancellationToken);
        foreach (var silo in context.Cluster.Silos)
            silo.Continue();
    }
}

internal abstract class PauseHolderFault : Fault
{
    protected abstract TimeSpan Draw(FaultContext context);

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (worker, key) = await context.PickHolderAsync(cancellationToken);
        context.Affect([key]);
        context.Began();
        worker.Pause();
        await FaultContext.LastAsync(Draw(context), cancellationToken);
        worker.Continue();
    }
}

internal sealed class PauseHolderShortFault : PauseHolderFault
{
    public override string Name => "pause-holder-short";

    public override string Describe => "The process that holds a hot key is stopped (SIGSTOP) for 0.5 to 2 s. It still holds the lock when it wakes.";

    protected override TimeSpan Draw(FaultContext context) => context.Between(0.5, 2);
}

internal sealed class PauseHolderPastLeaseFault : PauseHolderFault
{
    public override string Name => "pause-holder-past-lease";

    public override string Describe => "The process that holds a hot key is stopped (SIGSTOP) for 5 to 8 s. Its leases run out, and it must notice that when it wakes.";

    protected override TimeSpan Draw(FaultContext context) => context.Between(5, 8);
}
