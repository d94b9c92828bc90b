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
        var table = new Table("Each worker has a key of its own.", PairRounds.Columns);
        var plot = new LinePlot("Uncontended pairs", "workers", "pairs per second");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        await PairRounds.WarmUpAsync(subjects, bench.Options);
        foreach (var workers in bench.Options.Workers)
        {
            var rounds = await PairRounds.MeasureAsync(subjects, workers, bench.Options);
            foreach (var subject in subjects)
                rounds.AddRow(table, plot, subject.Name, Raw);
            AddBars(result.Bars, workers, rounds);
        }

        return result;
    }

    private static void AddBars(List<Bar> bars, int workers, PairRounds rounds)
    {
        switch (workers)
        {
            case 1:
                bars.Add(Bar.Low("pair, 1 worker, p50: external client / raw Redis", rounds.LatencyRatio(Client, Raw), 1.2));
                bars.Add(Bar.Low("pair, 1 worker, p50: co-hosted client / raw Redis", rounds.LatencyRatio(CoHosted, Raw), 0.7));
                break;
            case 16:
                bars.Add(Bar.High("pairs per second, 16 workers: external client / raw Redis", rounds.ThroughputRatio(Client, Raw), 0.6));
                break;
            case 256:
                bars.Add(Bar.High("pairs per second, 256 workers: external client / raw Redis", rounds.ThroughputRatio(Client, Raw), 0.5));
                break;
        }
    }
}
