namespace LockGrains.Benchmarks;

/// <summary>(j) Many want a permit of a few.</summary>
internal static class SemaphoreCase
{
    private const string Ours = "client, external";
    private const string PubSub = "raw Redis, fair semaphore, pub/sub";
    private const int Contenders = 64;
    private const int WarmUpLimit = 4;

    private static readonly int[] Limits = [1, 4, 16];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var result = new CaseResult('j', "A semaphore: 64 contenders for the permits of one key");
        var table = new Table(
            "",
            "", "limit", "acquired/s", "wait p50 ms", "p99 ms", "max ms", "acquired max/min", "overtaken", "storage writes each", "bytes to Redis each",
            "acquired/s / raw", "p99 / raw");
        var plot = new LinePlot("Permits acquired by 64 contenders", "limit", "permits per second");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        foreach (var subject in await MakeSubjectsAsync(bench, WarmUpLimit))
            await MeasureRoundAsync(bench, subject, "warm", WarmUpLimit, bench.Options.WarmUp * 2);
        foreach (var limit in Limits)
        {
            var rounds = await MeasureAsync(bench, limit);
            foreach (var (name, own) in rounds)
                AddRow(table, plot, name, limit, own, rounds[PubSub]);
            AddBars(result.Bars, limit, rounds[Ours], rounds[PubSub]);
        }

        result.Notes.Add("Each contender takes one permit, lets it go at once, and comes again.");
        result.Notes.Add("Raw: a fair semaphore of two sorted sets, with pub/sub: a release publishes, and every waiter tries again. It keeps its place meanwhile, and has a permit when its rank is below the limit.");
        result.Notes.Add("Overtaken: acquisitions that were granted after a request that was sent later, with more grants between the two sendings than there are permits. Ours are counted in the order of their fencing tokens. Raw Redis has none: its are counted in the order in which the contenders saw them.");
        return result;
    }

    private static async Task<ILockSubject[]> MakeSubjectsAsync(Bench bench, int limit)
    {
        var main = await bench.GetMainAsync();
        return
        [
            new ClientSubject(Ours, main.Client.Locks, new AcquireOptions { Mode = LockMode.Shared, Limit = limit }),
            RedisSemaphore.Make(PubSub, bench.Raw, limit, areWoken: true),
            RedisSemaphore.Make("raw Redis, fair semaphore, retry every 10 ms", bench.Raw, limit, areWoken: false),
        ];
    }

    private static async Task<Dictionary<string, List<SemaphoreRound>>> MeasureAsync(Bench bench, int limit)
    {
        var subjects = await MakeSubjectsAsync(bench, limit);
        var rounds = subjects.ToDictionary(subject => subject.Name, _ => new List<SemaphoreRound>());
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            foreach (var subject in subjects)
                rounds[subject.Name].Add(await MeasureRoundAsync(bench, subject, $"{limit}/{round}", limit, bench.Options.Round * 1.5));
        }

        return rounds;
    }

    private static async Task<SemaphoreRound> MeasureRoundAsync(Bench bench, ILockSubject subject, string name, int limit, TimeSpan window)
    {
        var load = new ContendedLoad(subject, $"permits/{name}/{Guid.NewGuid():N}", Contenders, permits: limit);
        try
        {
            await load.FillAsync(Patience);
            var before = await bench.Redis.ReadCountersAsync();
            var acquired = load.HandOvers;
            var round = await load.MeasureAsync(TimeSpan.FromMilliseconds(200), window);
            var spent = (await bench.Redis.ReadCountersAsync()).Since(before);
            return new SemaphoreRound(round, spent, load.HandOvers - acquired);
        }
        finally
        {
            await load.StopAsync(Patience);
        }
    }

    private static void AddRow(Table table, LinePlot plot, string name, int limit, List<SemaphoreRound> own, List<SemaphoreRound> raw)
    {
        var perSecond = Median(own, round => round.Seen.AcquisitionsPerSecond);
        table.Add(
            name,
            limit,
            perSecond,
            Median(own, round => round.Seen.WaitP50),
            Median(own, round => round.Seen.WaitP99),
            own.Max(round => round.Seen.WaitMax),
            Median(own, round => round.Seen.Unfairness),
            own.Sum(round => round.Seen.Overtaken),
            Median(own, round => round.Spent.Writes / (double)round.Acquired),
            Median(own, round => round.Spent.BytesReceived / (double)round.Acquired),
            RatioOfPace(own, raw),
            Statistics.MedianRatio(own.Select(round => round.Seen.WaitP99), raw.Select(round => round.Seen.WaitP99)));
        plot.Add(name, limit, perSecond);
    }

    private static void AddBars(List<Bar> bars, int limit, List<SemaphoreRound> ours, List<SemaphoreRound> pubSub)
    {
        bars.Add(Bar.High($"64 contenders, limit {limit}, permits per second: ours / fair semaphore on Redis, pub/sub", RatioOfPace(ours, pubSub), 0.8));
        bars.Add(Bar.Low($"64 contenders, limit {limit}, overtaken acquisitions", ours.Sum(round => round.Seen.Overtaken), 0));
    }

    private static double Median(List<SemaphoreRound> rounds, Func<SemaphoreRound, double> figure) => Statistics.Median(rounds.Select(figure));

    private static double RatioOfPace(List<SemaphoreRound> own, List<SemaphoreRound> raw) =>
        Statistics.MedianRatio(own.Select(round => round.Seen.AcquisitionsPerSecond), raw.Select(round => round.Seen.AcquisitionsPerSecond));

    /// <summary>One measurement of a semaphore.</summary>
    /// <param name="Seen">What the window showed.</param>
    /// <param name="Spent">What Redis did.</param>
    /// <param name="Acquired">For how many acquisitions it did that.</param>
    private sealed record SemaphoreRound(ContendedRound Seen, RedisCounters Spent, int Acquired);
}
