namespace LockGrains.Chaos;

internal sealed class RedisLostTailFault : RedisFault
{
    public override string Name => "redis-lost-tail";

    public override string Describe => "Redis is killed and starts again without what it acknowledged in its last 1 to 2 s, as after a loss of power.";

    public override Excuse Excuse => Excuse.LostRecords;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var redis = context.Cluster.Redis;
        var log = Path.Combine(redis.Folder, "appendonlydir");
        var copy = Path.Combine(redis.Folder, "copy");
        await Shell.RunAsync(["cp", "-r", log, copy], cancellationToken: cancellationToken);
        await FaultContext.LastAsync(context.Between(1, 2), cancellationToken);
        context.Began();
        await redis.CrashAsync(cancellationToken);
        Directory.Delete(log, recursive: true);
        Directory.Move(copy, log);
        await redis.StartAsync(cancellationToken);
    }
}

internal sealed class FlushAllFault : RedisFault
{
    public override string Name => "flush-all";

    public override string Describe => "FLUSHALL deletes records and membership while the silos run. Two seconds later all silos are killed and started again.";

    public override Excuse Excuse => Excuse.LostRecords;

    public override double Share => 0.4;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var server = await context.Cluster.Redis.ConnectAsync();
        context.Began();
        await server.ExecuteAsync("FLUSHALL");
        await FaultContext.LastAsync(TimeSpan.FromSeconds(2), cancellationToken);
        foreach (var silo in context.Cluster.Silos)
            silo.Kill();
        foreach (var silo in context.Cluster.Silos)
            await silo.Process.WhenEndedAsync(TimeSpan.FromSeconds(5), cancellationToken);
    }
}
