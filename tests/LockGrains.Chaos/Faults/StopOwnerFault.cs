namespace LockGrains.Chaos;

internal sealed class StopOwnerFault : Fault
{
    public override string Name => "stop-owner";

    public override string Describe => "SIGTERM to the silo that serves a hot key, which hands its locks over and ends.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var owner = await context.PickOwnerAsync(cancellationToken);
        context.Began();
        await owner.StopAsync(cancellationToken);
    }
}
