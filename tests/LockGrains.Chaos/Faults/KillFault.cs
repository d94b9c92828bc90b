namespace LockGrains.Chaos;

/// <summary>A fault that kills, and is over when all that it met is granted again.</summary>
internal abstract class KillFault : Fault
{
    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(5);

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken) => context.WhenRecoveredAsync(GrantBound, cancellationToken);

    /// <summary>Kills a process of clients, and waits for its end.</summary>
    protected static async Task KillAsync(WorkerNode worker, CancellationToken cancellationToken)
    {
        worker.Kill();
        await worker.Process.WhenEndedAsync(EndBound, cancellationToken);
    }
}
