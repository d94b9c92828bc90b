namespace LockGrains.Chaos;

internal abstract class PauseOwnerFault : Fault
{
    protected abstract TimeSpan Draw(FaultContext context);

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var owner = await context.PickOwnerAsync(cancellationToken);
        context.Began();
        owner.Pause();
        await FaultContext.LastAsync(Draw(context), cancellationToken);
        owner.Continue();
    }
}

internal sealed class PauseOwnerShortFault : PauseOwnerFault
{
    public override string Name => "pause-owner-short";

    public override string Describe => "The silo that serves a hot key is stopped (SIGSTOP) for 0.5 to 2 s. Nobody declares it dead.";

    protected override TimeSpan Draw(FaultContext context) => context.Between(0.5, 2);
}

internal sealed class PauseOwnerLongFault : PauseOwnerFault
{
    public override string Name => "pause-owner-long";

    public override string Describe => "The silo that serves a hot key is stopped (SIGSTOP) for 9 to 13 s, longer than leases. It is declared dead, and wakes.";

    public override double Share => 0.5;

    protected override TimeSpan Draw(FaultContext context) => context.Between(9, 13);
}
