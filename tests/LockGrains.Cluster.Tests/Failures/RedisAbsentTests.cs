namespace LockGrains.Cluster.Tests;

/// <summary>Redis is not there when a silo starts. A connection string can choose which of the two ways it goes.</summary>
public sealed class RedisAbsentTests
{
    [RedisFact]
    public async Task Start_RedisAbsent_SiloStartsAndItsLocksWorkOnceRedisIsThere()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        var settings = new LockClusterSettings { Silos = 1, Redis = redis.ConnectionString };
        await using var cluster = await LockCluster.StartAsync(settings);
        var attempt = new Attempt(cluster.GetLock(LockCluster.NewKey("absent")));
        var grain = cluster.GetLock(LockCluster.NewKey("absent"));

        var reply = await grain.AcquireAsync(attempt.Request);
        Assert.Equal(AcquireStatus.Unknown, reply.Status);
        Assert.Contains("Redis", reply.Detail, StringComparison.Ordinal);

        await redis.RestartAsync();
        var granted = await Eventually.BecomesAsync(
            async () => await grain.AcquireAsync(attempt.Request),
                again => again.Status != AcquireStatus.Unknown,
                "answer once Redis is there");
        Assert.Equal(AcquireStatus.Granted, granted.Status);
    }

    [RedisFact]
    public async Task Start_RedisAbsentAndAbortConnect_FailsAndNamesTheServer()
    {
        var port = FreePort.Find();

        var exception = await Assert.ThrowsAnyAsync<Exception>(async () => await LockCluster.StartAsync(
            new LockClusterSettings { Silos = 1, Redis = $"127.0.0.1:{port},abortConnect=true,connectRetry=0" }));

        Assert.Contains(
            $"The Redis that keeps the locks, 127.0.0.1:{port}, cannot be reached",
            exception.Message, StringComparison.Ordinal);
    }
}
