namespace LockGrains.Benchmarks;

/// <summary>Rounds of pairs, of several subjects in turn.</summary>
internal sealed class PairRounds
{
    private readonly int _workers;
    private readonly Dictionary<string, List<PairRound>> _rounds;

    private PairRounds(int workers, IReadOnlyList<ILockSubject> subjects)
    {
        _workers = workers;
        _rounds = subjects.ToDictionary(subject => subject.Name, _ => new List<PairRound>());
    }

    /// <summary>The columns of a table with <see cref="AddRow"/>.</summary>
    public static string[] Columns => ["", "workers", "p50 us", "p99 us", "pairs/s", "p50 / raw", "pairs/s / raw"];

    /// <summary>The compiler needs some hundred thousand calls to come to its last version of everything, and free moments to make it.</summary>
    public static async Task WarmUpAsync(IReadOnlyList<ILockSubject> subjects, CompareOptions options)
    {
        foreach (var workers in (int[])[64, 1])
        {
            foreach (var subject in subjects)
                await PairLoad.RunAsync(subject, workers, options.WarmUp);
        }
    }

    public static async Task<PairRounds> MeasureAsync(IReadOnlyList<ILockSubject> subjects, int workers, CompareOptions options)
    {
        var rounds = new PairRounds(workers, subjects);
        foreach (var subject in subjects)
            await PairLoad.RunAsync(subject, workers, options.Round);
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var subject in subjects)
                rounds._rounds[subject.Name].Add(await PairLoad.RunAsync(subject, workers, options.Round));
        }

        return rounds;
    }

    /// <summary>Measures subjects with each number of workers, and adds the figures of all of them beside those of one.</summary>
    public static async Task AddAllAsync(IReadOnlyList<ILockSubject> subjects, CompareOptions options, Table table, LinePlot plot, string raw)
    {
        await WarmUpAsync(subjects, options);
        foreach (var workers in options.Workers)
        {
            var rounds = await MeasureAsync(subjects, workers, options);
            foreach (var subject in subjects)
                rounds.AddRow(table, plot, subject.Name, raw);
        }
    }

    /// <summary>The figures of a subject, beside those of the raw side.</summary>
    /// <param name="table">Where to.</param>
    /// <param name="plot">Where to.</param>
    /// <param name="name">The subject.</param>
    /// <param name="raw">The raw side; null where there is none.</param>
    public void AddRow(Table table, LinePlot plot, string name, string? raw)
    {
        var own = _rounds[name];
        var perSecond = Statistics.Median(own.Select(round => round.PerSecond));
        table.Add(
            name,
            _workers,
            Statistics.Median(own.Select(round => round.P50)),
            Statistics.Median(own.Select(round => round.P99)),
            perSecond,
            raw is null ? double.NaN : LatencyRatio(name, raw),
            raw is null ? double.NaN : ThroughputRatio(name, raw));
        plot.Add(name, _workers, perSecond);
    }

    public double LatencyRatio(string name, string raw) =>
        Statistics.MedianRatio(_rounds[name].Select(round => round.P50), _rounds[raw].Select(round => round.P50));

    public double ThroughputRatio(string name, string raw) =>
        Statistics.MedianRatio(_rounds[name].Select(round => round.PerSecond), _rounds[raw].Select(round => round.PerSecond));
}
