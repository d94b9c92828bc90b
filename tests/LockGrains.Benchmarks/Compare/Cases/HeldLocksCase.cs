namespace LockGrains.Benchmarks;

/// <summary>(d) Many locks that are held and renewed by themselves.</summary>
internal static class HeldLocksCase
{
    private const int AcquireWorkers = 32;
    private const int WarmUpLocks = 500;
    private const int BarLocks = 10_000;

    private static readonly int[] QuickCounts = [1_000, BarLocks];
    private static readonly int[] Counts = [1_000, BarLocks, 100_000];

    // Past the short first leases, so that what is measured is the steady renewal at a third of 30 s.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(4);

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var result = new CaseResult('d', "Held locks with automatic renewal");
        var table = new Table(
            "Leases of 30 s; client, external.",
            "locks", "acquired/s", "renewals/s", "silo CPU %", "client CPU %", "Redis CPU %", "silo bytes per lock", "silo RSS per lock", "client bytes per lock", "Redis bytes per lock", "lost");
        var plot = new LinePlot("Held locks that renew themselves", "locks", "CPU, % of one processor");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        foreach (var count in bench.Options.Quick ? QuickCounts : Counts)
        {
            await using var cluster = await Cluster.StartAsync(bench.MakePlan());
            var weight = await MeasureAsync(bench, cluster, table, plot, count);
            if (count == BarLocks)
                result.Bars.Add(Bar.Low("silo memory per held lock (10,000 locks), KiB", weight / 1024, 6));
        }

        result.Notes.Add("CPU is in per cent of one processor. Silo bytes: live managed memory after a full collection, over the locks. RSS: growth of the process, with garbage.");
        return result;
    }

    private static async Task<double> MeasureAsync(Bench bench, Cluster cluster, Table table, LinePlot plot, int count)
    {
        var warm = await AcquireAsync(cluster.Client.Locks, "warm", WarmUpLocks);
        foreach (var handle in warm)
            await handle.DisposeAsync();
        var redisBefore = await bench.Redis.ReadCountersAsync();
        var siloBefore = await cluster.Silo.ReadLiveAsync();
        var clientBefore = GC.GetTotalMemory(forceFullCollection: true);

        var startedAt = Clock.Now;
        var handles = await AcquireAsync(cluster.Client.Locks, "held", count);
        var acquiring = Clock.Since(startedAt);
        await Clock.DelayAsync(Settling);

        var live = (await cluster.Silo.ReadLiveAsync()).Since(siloBefore);
        var client = GC.GetTotalMemory(forceFullCollection: true) - clientBefore;
        var (spent, seconds) = await Expense.MeasureIdleAsync(bench.Redis, cluster.Silo);
        var lost = handles.Count(handle => handle.HandleLostToken.IsCancellationRequested);
        var redis = (await bench.Redis.ReadCountersAsync()).Since(redisBefore);
        var (siloShare, clientShare, redisShare) = (
            100 * spent.Silo.ProcessorTime.TotalSeconds / seconds,
            100 * spent.ClientTime.TotalSeconds / seconds,
            100 * spent.Redis.ProcessorTime.TotalSeconds / seconds);
        plot.Add("silo", count, siloShare);
        plot.Add("client", count, clientShare);
        plot.Add("Redis", count, redisShare);
        table.Add(
            Number.Text(count),
            count / acquiring.TotalSeconds,
            spent.Redis.Writes / seconds,
            siloShare,
            clientShare,
            redisShare,
            live.Heap / (double)count,
            live.WorkingSet / (double)count,
            client / (double)count,
            redis.Memory / (double)count,
            lost);
        GC.KeepAlive(handles);
        return live.Heap / (double)count;
    }

    private static async Task<LockHandle[]> AcquireAsync(ILockClient locks, string prefix, int count)
    {
        var handles = new LockHandle[count];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AcquireWorkers).Select(_ => Task.Run(async () =>
        {
            for (var index = Interlocked.Increment(ref next); index < count; index = Interlocked.Increment(ref next))
                handles[index] = await locks.AcquireAsync($"{prefix}/{index}");
        })));
        return handles;
    }
}
