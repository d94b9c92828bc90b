namespace LockGrains.Benchmarks;

/// <summary>What everything has spent so far: Redis, the silo and this process.</summary>
internal sealed record Expense(RedisCounters Redis, SiloStatus Silo, long ClientAllocated, TimeSpan ClientTime)
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    /// <summary>What is spent in ten seconds in which the caller does nothing, and how many seconds those were.</summary>
    public static async Task<(Expense Spent, double Seconds)> MeasureIdleAsync(RedisServer redis, SiloProcess silo)
    {
        var before = await ReadAsync(redis, silo);
        var startedAt = Clock.Now;
        await Clock.DelayAsync(IdleTime);
        var spent = (await ReadAsync(redis, silo)).Since(before);
        return (spent, Clock.Since(startedAt).TotalSeconds);
    }

    public static async Task<Expense> ReadAsync(RedisServer redis, SiloProcess silo)
    {
        var status = await silo.ReadStatusAsync();
        var counters = await redis.ReadCountersAsync();
        return new Expense(counters, status, GC.GetTotalAllocatedBytes(precise: true), Environment.CpuUsage.TotalTime);
    }

    public Expense Since(Expense start) => new(
        Redis.Since(start.Redis), Silo.Since(start.Silo), ClientAllocated - start.ClientAllocated, ClientTime - start.ClientTime);
}
