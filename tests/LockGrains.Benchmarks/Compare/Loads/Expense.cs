namespace LockGrains.Benchmarks;

/// <summary>What everything has spent so far: Redis, the silo and this process.</summary>
internal sealed record Expense(RedisCounters Redis, SiloStatus Silo, long ClientAllocated, TimeSpan ClientTime)
{
    public static async Task<Expense> ReadAsync(RedisServer redis, SiloProcess silo)
    {
        var status = await silo.ReadStatusAsync();
        var counters = await redis.ReadCountersAsync();
        return new Expense(counters, status, GC.GetTotalAllocatedBytes(precise: true), Environment.CpuUsage.TotalTime);
    }

    public Expense Since(Expense start) => new(
        Redis.Since(start.Redis), Silo.Since(start.Silo), ClientAllocated - start.ClientAllocated, ClientTime - start.ClientTime);
}
