namespace LockGrains.Benchmarks;

/// <summary>(a) Acquire and release a lock that nobody else wants.</summary>
internal static class PairCase
{
    private const string Raw = "raw Redis";
    private const string Client = "client, external";
    private const string CoHosted = "client, co-hosted";

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var main = await bench.GetMainAsync();
        await using var coHosted = await CoHostedSilo.StartAsync(bench.MakePlan());
        ILockSubject[] subjects =
        [
            new RedisRetrySubject(Raw, bench.Raw),
            new ClientSubject(Client, main.Client.Locks),
            new GrainSubject("grain calls, external", main.Client.Grains),
            new ClientSubject(CoHosted, coHosted.Locks),
            new GrainSubject("grain calls, co-hosted", coHosted.Grains),
        ];
        var result = new CaseResult('a', "Uncontended pair: acquire and release");
        var table = new Table("Each worker on a key of its own.", "", "workers", "p50 us", "p99 us", "pairs/s", "p50 / raw", "pairs/s / raw");
        var plot = new LinePlot("Uncontended pairs", "workers", "pairs per second");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        await WarmUpAsync(subjects, bench.Options);
        foreach (var workers in bench.Options.Workers)
        {
            var rounds = await MeasureAsync(subjects, workers, bench.Options);
            foreach (var subject in subjects)
                AddRow(table, plot, subject.Name, workers, rounds);
            AddBars(result.Bars, workers, rounds);
        }

        return result;
    }

    // The compiler needs some hundred thousand calls to come to its last version of everything, and free moments to make it.
    private static async Task WarmUpAsync(ILockSubject[] subjects, CompareOptions options)
    {
        foreach (var workers in (int[])[64, 1])
        {
            foreach (var subject in subjects)
                await PairLoad.RunAsync(subject, workers, options.WarmUp);
        }
    }

    private static async Task<Dictionary<string, List<PairRound>>> MeasureAsync(ILockSubject[] subjects, int workers, CompareOptions options)
    {
        var rounds = subjects.ToDictionary(subject => subject.Name, _ => new List<PairRound>());
        foreach (var subject in subjects)
            await PairLoad.RunAsync(subject, workers, options.Round);
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var subject in subjects)
                rounds[subject.Name].Add(await PairLoad.RunAsync(subject, workers, options.Round));
        }

        return rounds;
    }

    private static void AddRow(Table table, LinePlot plot, string name, int workers, Dictionary<string, List<PairRound>> rounds)
    {
        var own = rounds[name];
        var perSecond = Statistics.Median(own.Select(round => round.PerSecond));
        table.Add(
            name,
            workers,
            Statistics.Median(own.Select(round => round.P50)),
            Statistics.Median(own.Select(round => round.P99)),
            perSecond,
            LatencyRatio(rounds, name),
            ThroughputRatio(rounds, name));
        plot.Add(name, workers, perSecond);
    }

    private static void AddBars(List<Bar> bars, int workers, Dictionary<string, List<PairRound>> rounds)
    {
        switch (workers)
        {
            case 1:
                bars.Add(Bar.Low("pair, 1 worker, p50: external client / raw Redis", LatencyRatio(rounds, Client), 1.2));
                bars.Add(Bar.Low("pair, 1 worker, p50: co-hosted client / raw Redis", LatencyRatio(rounds, CoHosted), 0.7));
                break;
            case 16:
                bars.Add(Bar.High("pairs per second, 16 workers: external client / raw Redis", ThroughputRatio(rounds, Client), 0.6));
                break;
            case 256:
                bars.Add(Bar.High("pairs per second, 256 workers: external client / raw Redis", ThroughputRatio(rounds, Client), 0.5));
                break;
        }
    }

    private static double LatencyRatio(Dictionary<string, List<PairRound>> rounds, string name) =>
        Statistics.MedianRatio(rounds[name].Select(round => round.P50), rounds[Raw].Select(round => round.P50));

    private static double ThroughputRatio(Dictionary<string, List<PairRound>> rounds, string name) =>
        Statistics.MedianRatio(rounds[name].Select(round => round.PerSecond), rounds[Raw].Select(round => round.PerSecond));
}
