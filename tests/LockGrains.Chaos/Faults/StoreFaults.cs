namespace LockGrains.Chaos;

internal sealed class StoreCrashFault : Fault
{
    public override string Name => "store-crash";

    public override string Describe => "Redis is killed (kill -9), or PostgreSQL stops at once (immediate shutdown). Half a second later it starts again with its data.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        await context.Cluster.Store.CrashAsync(cancellationToken);
        await FaultContext.LastAsync(TimeSpan.FromMilliseconds(500), cancellationToken);
        await context.Cluster.Store.StartAsync(cancellationToken);
    }
}

internal sealed class StoreRestartFault : Fault
{
    public override string Name => "store-restart";

    public override string Describe => "The storage shuts down in good order, and is started again.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        await context.Cluster.Store.StopAsync(cancellationToken);
        await context.Cluster.Store.StartAsync(cancellationToken);
    }
}

internal sealed class StoreConnectionsKilledFault : Fault
{
    public override string Name => "store-connections-killed";

    public override string Describe => "The storage closes every connection, 1 to 5 times (CLIENT KILL, pg_terminate_backend).";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        // The supervisor's own connection is there before the trouble.
        await context.Cluster.Store.FindKeysAsync(context.Cluster.Id, LoadKeys.Hot[0]);
        context.Began();
        var killed = 0L;
        for (var times = context.Random.Next(1, 6); times > 0; times--)
        {
            killed += await context.Cluster.Store.KillConnectionsAsync();
            await FaultContext.LastAsync(context.Between(0.05, 0.6), cancellationToken);
        }

        context.Measure("killed", killed);
    }
}

internal abstract class PauseStoreFault : Fault
{
    protected abstract TimeSpan Draw(FaultContext context);

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var store = context.Cluster.Store;
        store.Pause();
        await FaultContext.LastAsync(Draw(context), cancellationToken);
        store.Continue();
    }
}

internal sealed class PauseStoreShortFault : PauseStoreFault
{
    public override string Name => "pause-store-short";

    public override string Describe => "The storage is stopped (SIGSTOP) for 0.3 to 1.2 s. Operations are late, and none is given up.";

    protected override TimeSpan Draw(FaultContext context) => context.Between(0.3, 1.2);
}

internal sealed class PauseStoreLongFault : PauseStoreFault
{
    public override string Name => "pause-store-long";

    public override string Describe => "The storage is stopped (SIGSTOP) for 5.5 to 8 s, longer than StoreTimeout. Operations are given up, and some are carried out when it wakes.";

    protected override TimeSpan Draw(FaultContext context) => context.Between(5.5, 8);
}
