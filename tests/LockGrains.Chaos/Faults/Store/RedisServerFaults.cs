namespace LockGrains.Chaos;

internal sealed class ScriptFlushFault : RedisFault
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    public override string Name => "script-flush";

    public override string Describe => "SCRIPT FLUSH is repeated for 2 s. Redis forgets the script that compares and sets.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var server = await context.Cluster.Redis.ConnectAsync();
        context.Began();
        for (var times = 0; times < 60; times++)
        {
            await server.ScriptFlushAsync();
            await FaultContext.LastAsync(Pause, cancellationToken);
        }
    }
}

internal sealed class ClientPauseFault : RedisFault
{
    public override string Name => "redis-client-pause";

    public override string Describe => "CLIENT PAUSE for 0.5 to 4 s, of all commands or of writes. Redis takes the commands and replies later.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var server = await context.Cluster.Redis.ConnectAsync();
        var duration = context.Between(0.5, 4);
        var kind = context.Pick(["ALL", "WRITE"]);
        context.Began();
        await server.ExecuteAsync("CLIENT", "PAUSE", (long)duration.TotalMilliseconds, kind);
        context.Note(kind);
        await FaultContext.LastAsync(duration, cancellationToken);
    }
}

internal sealed class RedisBusyFault : RedisFault
{
    private const string Busy = """
        local start = redis.call('TIME')
        repeat
            local now = redis.call('TIME')
            local passed = now[1] - start[1] + (now[2] - start[2]) / 1000000
        until passed >= tonumber(ARGV[1])
        """;

    public override string Name => "redis-busy";

    public override string Describe => "A foreign script runs for 1 to 3 s. Redis replies BUSY to everybody else.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var server = await context.Cluster.Redis.ConnectAsync();
        await server.ConfigSetAsync("busy-reply-threshold", 50);
        context.Began();
        var seconds = context.Between(1, 3).TotalSeconds;
        await (await context.Cluster.Redis.GetDatabaseAsync()).ScriptEvaluateAsync(Busy, values: [seconds]).WaitAsync(cancellationToken);
    }

    public override async Task HealAsync(FaultContext context, CancellationToken cancellationToken) =>
        await (await context.Cluster.Redis.ConnectAsync()).ConfigSetAsync("busy-reply-threshold", 5000);
}

internal sealed class MemoryFullFault : RedisFault
{
    public override string Name => "redis-memory-full";

    public override string Describe => "For 1 to 4 s maxmemory is below what Redis uses, without eviction. Redis refuses to write.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var server = await context.Cluster.Redis.ConnectAsync();
        await server.ConfigSetAsync("maxmemory-policy", "noeviction");
        context.Began();
        await server.ConfigSetAsync("maxmemory", "100kb");
        await FaultContext.LastAsync(context.Between(1, 4), cancellationToken);
    }

    public override async Task HealAsync(FaultContext context, CancellationToken cancellationToken) =>
        await (await context.Cluster.Redis.ConnectAsync()).ConfigSetAsync("maxmemory", "0");
}

internal sealed class BackgroundSaveFault : RedisFault
{
    public override string Name => "redis-background-save";

    public override string Describe => "BGREWRITEAOF and then BGSAVE run under load.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var server = await context.Cluster.Redis.ConnectAsync();
        context.Began();
        await server.ExecuteAsync("BGREWRITEAOF");
        await FaultContext.LastAsync(TimeSpan.FromSeconds(1), cancellationToken);
        await server.ExecuteAsync("BGSAVE", "SCHEDULE");
        await FaultContext.LastAsync(TimeSpan.FromSeconds(1), cancellationToken);
    }
}
