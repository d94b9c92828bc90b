namespace LockGrains.Chaos;

internal sealed class KillHolderFault : KillFault
{
    public override string Name => "kill-holder";

    public override string Describe => "The process that holds a hot key is killed (kill -9). Its lease must run out.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (worker, key) = await context.PickHolderAsync(cancellationToken);
        context.Affect([key]);
        context.Began();
        await KillAsync(worker, cancellationToken);
    }
}

internal sealed class KillHeadWaiterFault : KillFault
{
    public override string Name => "kill-head-waiter";

    public override string Describe => "The process of the first waiter of a hot key is killed (kill -9). The waiter may be granted the lock after its death.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (worker, key) = await context.PickHeadWaiterAsync(cancellationToken);
        context.Affect([key]);
        context.Began();
        await KillAsync(worker, cancellationToken);
    }
}
