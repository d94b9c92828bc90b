namespace LockGrains.Chaos;

internal sealed class RedisKillFault : Fault
{
    public override string Name => "redis-kill";

    public override string Describe => "kill -9 of Redis, which is started again half a second later with its append-only file.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var redis = context.Cluster.Redis;
        redis.Process.Signal(Posix.SigKill);
        await redis.Process.WhenEndedAsync(TimeSpan.FromSeconds(5), cancellationToken);
        await FaultContext.LastAsync(TimeSpan.FromMilliseconds(500), cancellationToken);
        await redis.StartAsync(cancellationToken);
    }
}
