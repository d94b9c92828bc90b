namespace LockGrains.Chaos;

internal sealed class KillSessionSiloFault : KillFault
{
    public override string Name => "kill-session-silo";

    public override string Describe => "The silo that serves a session is killed (kill -9). What is held under the session stays held.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (_, session) = await context.PickSessionAsync(cancellationToken);
        var silo = await context.PickSiloOfSessionAsync(session, cancellationToken);
        context.Began();
        silo.Kill();
    }
}

internal sealed class KillSessionAndSiloFault : KillFault
{
    public override string Name => "kill-session-and-silo";

    public override string Describe => "A process of clients that has a session and the silo that serves the session are killed (kill -9) together.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (worker, session) = await context.PickSessionAsync(cancellationToken);
        var silo = await context.PickSiloOfSessionAsync(session, cancellationToken);
        context.Began();
        silo.Kill();
        await KillAsync(worker, cancellationToken);
    }
}
