namespace LockGrains.Chaos;

internal sealed class KillOwnerFault : Fault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    public override string Name => "kill-owner";

    public override string Describe => "The silo that serves a hot key is killed (kill -9). It stays away until its keys are granted again.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var owner = await context.PickOwnerAsync(cancellationToken);
        context.Began();
        owner.Kill();
    }

    // A silo that comes back at once at the same address declares its predecessor dead: that would measure something else.
    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken) => context.WhenRecoveredAsync(Patience, cancellationToken);
}
