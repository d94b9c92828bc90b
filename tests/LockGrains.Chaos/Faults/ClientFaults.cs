namespace LockGrains.Chaos;

internal sealed class KillHolderFault : Fault
{
    public override string Name => "kill-holder";

    public override string Describe => "kill -9 of the process that holds a hot key: its lease must run out.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (worker, key) = await context.PickHolderAsync(cancellationToken);
        context.Affect([key]);
        context.Began();
        worker.Kill();
        await worker.Process.WhenEndedAsync(TimeSpan.FromSeconds(5), cancellationToken);
    }

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken) => context.WhenRecoveredAsync(GrantBound, cancellationToken);
}

internal sealed class KillHeadWaiterFault : Fault
{
    public override string Name => "kill-head-waiter";

    public override string Describe => "kill -9 of the process whose caller waits first in the queue of a hot key: it may be granted the lock after its death.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (worker, key) = await context.PickHeadWaiterAsync(cancellationToken);
        context.Affect([key]);
        context.Began();
        worker.Kill();
        await worker.Process.WhenEndedAsync(TimeSpan.FromSeconds(5), cancellationToken);
    }

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken) => context.WhenRecoveredAsync(GrantBound, cancellationToken);
}
