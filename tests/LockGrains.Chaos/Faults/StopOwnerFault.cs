namespace LockGrains.Chaos;

internal sealed class StopOwnerFault : Fault
{
    public override string Name => "stop-owner";

    public override string Describe => "The silo that serves a hot key is stopped (SIGTERM). It hands its locks over and ends.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var owner = await context.PickOwnerAsync(cancellationToken);
        context.Began();
        await owner.StopAsync(cancellationToken);
    }
}
