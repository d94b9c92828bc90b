namespace LockGrains.Benchmarks;

/// <summary>(f) A silo is killed; how long until the next waiter of its locks has its turn, and whether the order is kept.</summary>
internal static class TakeoverCase
{
    private const int Waiters = 10_000;
    private const int LoneLocks = 5;
    private const string LongKey = "takeover/long";

    private static readonly TimeSpan FillPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(75);

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var plan = bench.MakePlan();
        using var victim = await SiloProcess.StartAsync(plan);
        var loneKeys = Enumerable.Range(0, LoneLocks).Select(index => $"takeover/lone/{index}").ToArray();
        await Placement.PlaceAsync(plan, victim, [LongKey, .. loneKeys]);
        using var survivor = await SiloProcess.StartAsync(plan);
        await using var client = await ExternalClient.ConnectAsync(plan);

        var lone = new List<TakeoverQueue>();
        foreach (var key in loneKeys)
            lone.Add(await TakeoverQueue.StartAsync(client.Locks, key, waiters: 1, FillPatience));
        var queue = await TakeoverQueue.StartAsync(client.Locks, LongKey, Waiters, FillPatience);

        // Past the delay after which the queue is written.
        await Clock.DelayAsync(TimeSpan.FromSeconds(1));
        victim.Kill();
        var killedAt = Clock.Now;
        foreach (var one in lone.Append(queue))
            one.LetGo();
        await Task.WhenAll(lone.Append(queue).Select(one => one.WhenServedAsync(Patience)));

        var result = Tell(lone.Select(one => one.SecondsToFirst(killedAt)).ToList(), queue, killedAt);

        // Nothing of it is needed any more, and those who still wait would keep us.
        survivor.Kill();
        queue.Abandon();
        return result;
    }

    private static CaseResult Tell(List<double> lone, TakeoverQueue queue, long killedAt)
    {
        var result = new CaseResult('f', "Takeover: the silo of a lock is killed");
        var table = new Table("Two silos. The holder releases as the silo dies.", "", "waiters", "first grant s", "last grant s", "granted", "out of order");
        var first = queue.SecondsToFirst(killedAt);
        table.Add("lone locks, median", 1, Statistics.Median(lone), double.NaN, lone.Count(double.IsFinite), 0);
        table.Add("lone locks, slowest", 1, lone.Max(), double.NaN, lone.Count(double.IsFinite), 0);
        table.Add("long queue", Waiters, first, queue.SecondsToLast(killedAt), queue.Granted, queue.OutOfOrder);
        result.Tables.Add(table);
        result.Plots.Add(PlotGrants(queue, killedAt));
        if (queue.Problem is { } problem)
            result.Notes.Add($"Not all were granted the lock: {problem}");
        result.Bars.Add(Bar.Low("takeover with 10,000 waiters: first grant, seconds after that of a lone lock", first - Statistics.Median(lone), 3));
        result.Bars.Add(Bar.Low("takeover with 10,000 waiters: grants out of order", queue.OutOfOrder, 0));
        result.Bars.Add(Bar.High("takeover with 10,000 waiters: granted in the end", queue.Granted, Waiters));
        return result;
    }

    private static LinePlot PlotGrants(TakeoverQueue queue, long killedAt)
    {
        var plot = new LinePlot("The long queue after its silo was killed", "seconds since", "granted so far");
        var times = queue.SecondsToEach(killedAt);
        for (var count = 1; count <= times.Count; count = Math.Max(count + 1, (int)(count * 1.3)))
            plot.Add("long queue", times[count - 1], count);
        if (times.Count > 0)
            plot.Add("long queue", times[^1], times.Count);
        return plot;
    }
}
