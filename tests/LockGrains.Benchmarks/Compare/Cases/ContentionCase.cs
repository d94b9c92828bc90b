namespace LockGrains.Benchmarks;

/// <summary>(b) Many want one key, all the time.</summary>
internal static class ContentionCase
{
    private const string Ours = "client, external";
    private const string PubSub = "raw Redis, pub/sub";
    private const int BarContenders = 64;

    private static readonly int[] ContenderCounts = [2, 16, BarContenders, 256];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var main = await bench.GetMainAsync();
        ILockSubject[] subjects =
        [
            new ClientSubject(Ours, main.Client.Locks),
            new RedisPubSubSubject(PubSub, bench.Raw),
            new RedisPubSubSubject("raw Redis, pub/sub, one woken per process", bench.Raw, wakesOnePerProcess: true),
            new RedisRetrySubject("raw Redis, retry every 10 ms", bench.Raw),
        ];
        var result = new CaseResult('b', "Contention: one key, each contender takes it, lets it go, and comes again");
        var table = new Table("", "", "contenders", "acquired/s", "hand-overs/s", "wait p50 ms", "p99 ms", "max ms", "others meanwhile p50", "p99", "acquired max/min", "overtaken");
        var plot = new LinePlot("Longest waits under contention", "contenders", "p99 of the wait, ms");
        result.Tables.Add(table);
        result.Plots.Add(plot);

        // As in case (a): what is measured is not the compiler, which needs seconds of just this to come to its last version.
        foreach (var subject in subjects)
            await MeasureRoundAsync(subject, $"contended/warm/{Guid.NewGuid():N}", BarContenders, bench.Options.WarmUp * 2);
        foreach (var contenders in ContenderCounts)
        {
            var rounds = await MeasureAsync(subjects, contenders, bench.Options);
            foreach (var (name, own) in rounds)
                AddRow(table, plot, name, contenders, own);
            if (contenders == BarContenders)
                AddBars(result.Bars, rounds[Ours], rounds[PubSub]);
        }

        result.Notes.Add("Pub/sub: a release publishes, and every waiter tries again, as separate clients would.");
        result.Notes.Add("Pub/sub, one woken per process (Redisson): shown for one process. Its waiters in other processes would still race.");
        result.Notes.Add("Hand-overs: acquisitions by another contender than the last one. Without a queue the contender that releases is often the first to take the lock again.");
        result.Notes.Add("Before the first window each side runs with 64 contenders, and before each window for 200 ms. Neither is measured.");
        result.Notes.Add("Others meanwhile: how many had the lock between the request and the grant. What is left of the spread of the waits comes from the pace.");
        result.Notes.Add("Overtaken: acquisitions that were granted after a request that was sent later, with two grants between the two sendings. Orleans may deliver requests that were sent closer together in any order, and seldom does so with others. Each message that it reads is a work item of its own for the thread pool.");
        return result;
    }

    private static async Task<Dictionary<string, List<ContendedRound>>> MeasureAsync(ILockSubject[] subjects, int contenders, CompareOptions options)
    {
        var rounds = subjects.ToDictionary(subject => subject.Name, _ => new List<ContendedRound>());
        var isBar = contenders == BarContenders;
        var count = options.Quick ? (isBar ? 3 : 1) : options.Rounds;

        // Long enough for 20 turns of each contender: fewer could not tell 1.05 from 1.
        var window = options.Round * (isBar ? 2.5 : 1.5);
        for (var round = 0; round < count; round++)
        {
            foreach (var subject in subjects)
                rounds[subject.Name].Add(await MeasureRoundAsync(subject, $"contended/{contenders}/{round}/{Guid.NewGuid():N}", contenders, window));
        }

        return rounds;
    }

    private static async Task<ContendedRound> MeasureRoundAsync(ILockSubject subject, string key, int contenders, TimeSpan window)
    {
        var load = new ContendedLoad(subject, key, contenders);
        try
        {
            await load.FillAsync(Patience);
            return await load.MeasureAsync(TimeSpan.FromMilliseconds(200), window);
        }
        finally
        {
            await load.StopAsync(Patience);
        }
    }

    private static void AddRow(Table table, LinePlot plot, string name, int contenders, List<ContendedRound> own)
    {
        var p99 = Statistics.Median(own.Select(round => round.WaitP99));
        table.Add(
            name,
            contenders,
            Statistics.Median(own.Select(round => round.AcquisitionsPerSecond)),
            Statistics.Median(own.Select(round => round.PerSecond)),
            Statistics.Median(own.Select(round => round.WaitP50)),
            p99,
            own.Max(round => round.WaitMax),
            Statistics.Median(own.Select(round => round.PassedP50)),
            Statistics.Median(own.Select(round => round.PassedP99)),
            Statistics.Median(own.Select(round => round.Unfairness)),
            own.Sum(round => round.Overtaken));
        plot.Add(name, contenders, p99);
    }

    private static void AddBars(List<Bar> bars, List<ContendedRound> ours, List<ContendedRound> pubSub)
    {
        bars.Add(Bar.High("64 contenders, hand-overs per second: ours / pub/sub form", Statistics.MedianRatio(ours.Select(round => round.PerSecond), pubSub.Select(round => round.PerSecond)), 0.8));
        bars.Add(Bar.Low("64 contenders, overtaken acquisitions", ours.Sum(round => round.Overtaken), 0));
        bars.Add(Bar.Low("64 contenders, acquisitions per contender: max / min", Statistics.Median(ours.Select(round => round.Unfairness)), 1.05));
        bars.Add(Bar.Low("64 contenders, wait: p99 / p50", Statistics.Median(ours.Select(round => round.WaitP99 / round.WaitP50)), 1.5));
        bars.Add(Bar.Low("64 contenders, p99 of the wait: ours / pub/sub form", Statistics.MedianRatio(ours.Select(round => round.WaitP99), pubSub.Select(round => round.WaitP99)), 1 / 3.0));
    }
}
