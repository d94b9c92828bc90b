namespace LockGrains.Benchmarks;

/// <summary>(g) Calls that wait, and nothing else: what they weigh, what they cost while they wait, and how long it takes to call all of them off.</summary>
internal static class WaitingCallsCase
{
    private static readonly int[] Counts = [1_000, 10_000, 100_000];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // Past the write of the queue, and past the first slices: who does not know its place yet comes back once, soon.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(6);

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var result = new CaseResult('g', "Calls that wait");
        var table = new Table(
            "One key, one external client. Nobody is granted the lock.",
            "waiters", "fill s", "silo bytes per waiter", "client bytes per waiter", "silo CPU %", "client CPU %", "all called off after s");
        var plot = new LinePlot("Calls that wait", "waiters", "CPU, % of one processor");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        foreach (var count in Counts)
        {
            await using var cluster = await Cluster.StartAsync(bench.MakePlan());
            await MeasureAsync(bench, cluster, table, plot, count);
        }

        result.Notes.Add("Bytes: live managed memory after a full collection. CPU is in per cent of one processor, over 10 s. Called off: from the moment that all callers' tokens are cancelled, to the exception of the last caller.");
        return result;
    }

    private static async Task MeasureAsync(Bench bench, Cluster cluster, Table table, LinePlot plot, int count)
    {
        var siloBefore = await cluster.Silo.ReadLiveAsync();
        var clientBefore = GC.GetTotalMemory(forceFullCollection: true);
        var startedAt = Clock.Now;
        var queue = await TakeoverQueue.StartAsync(cluster.Client.Locks, $"waiting/{count}", count, Patience);
        var fill = Clock.Since(startedAt);
        await Clock.DelayAsync(Settling);

        var silo = (await cluster.Silo.ReadLiveAsync()).Since(siloBefore);
        var client = GC.GetTotalMemory(forceFullCollection: true) - clientBefore;
        var (spent, seconds) = await Expense.MeasureIdleAsync(bench.Redis, cluster.Silo);

        startedAt = Clock.Now;
        queue.Abandon();
        await queue.WhenServedAsync(Patience);
        var off = Clock.Since(startedAt);
        queue.LetGo();

        var (siloShare, clientShare) = (100 * spent.Silo.ProcessorTime.TotalSeconds / seconds, 100 * spent.ClientTime.TotalSeconds / seconds);
        plot.Add("silo", count, siloShare);
        plot.Add("client", count, clientShare);
        table.Add(
            Number.Text(count), fill.TotalSeconds, silo.Heap / (double)count, client / (double)count, siloShare, clientShare,
            queue.IsOver ? off.TotalSeconds : double.NaN);
    }
}
