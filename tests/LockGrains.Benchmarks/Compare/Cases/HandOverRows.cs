namespace LockGrains.Benchmarks;

/// <summary>One measurement of hand-overs.</summary>
/// <param name="Name">Whose.</param>
/// <param name="Round">What the window showed; null when it broke down.</param>
/// <param name="Fill">How long the queue took to fill.</param>
/// <param name="Weight">Bytes of silo memory per waiter.</param>
/// <param name="Spent">What Redis did.</param>
/// <param name="HandOvers">In how many hand-overs it did that.</param>
internal sealed record HandOverRow(string Name, ContendedRound? Round, TimeSpan Fill, double Weight, RedisCounters? Spent, int HandOvers)
{
    /// <summary>Why there is no round.</summary>
    public string? Problem { get; init; }
}

/// <summary>The measurements of hand-overs, by the length of the queue.</summary>
internal sealed class HandOverRows
{
    private readonly SortedDictionary<int, List<HandOverRow>> _rows = [];

    /// <summary>What broke down, a line each.</summary>
    public IEnumerable<string> Problems => _rows.SelectMany(entry => entry.Value
        .Where(row => row.Problem is not null)
        .Select(row => $"{row.Name}, {entry.Key:#,0} waiters, broke down: {row.Problem}"));

    public void Add(int waiters, HandOverRow row)
    {
        if (!_rows.TryGetValue(waiters, out var rows))
            _rows.Add(waiters, rows = []);
        rows.Add(row);
    }

    public double Each(int waiters, string name) => Figure(waiters, name, row => row.Round?.Each ?? double.NaN);

    public double BytesEach(int waiters, string name) => Figure(waiters, name, row => row.Spent is { } spent ? spent.BytesReceived / (double)row.HandOvers : double.NaN);

    public double Weight(int waiters, string name) => Figure(waiters, name, row => row.Weight);

    public double Ratio(int waiters, string ours, string theirs) => Statistics.MedianRatio(
        Of(waiters, ours).Select(row => row.Round?.Each ?? double.NaN), Of(waiters, theirs).Select(row => row.Round?.Each ?? double.NaN));

    public void AddTo(CaseResult result)
    {
        var table = new Table("", "", "waiters", "us each", "gap p50 us", "writes each", "bytes to Redis each", "fill s", "silo bytes per waiter", "overtaken");
        var plot = new LinePlot("A hand-over, by the length of the queue", "waiters", "us per hand-over");
        foreach (var (waiters, rows) in _rows)
        {
            foreach (var name in rows.Select(row => row.Name).Distinct())
            {
                plot.Add(name, waiters, Each(waiters, name));
                table.Add(
                    name,
                    waiters,
                    Each(waiters, name),
                    Figure(waiters, name, row => row.Round?.GapP50 ?? double.NaN),
                    Figure(waiters, name, row => row.Spent is { } spent ? spent.Writes / (double)row.HandOvers : double.NaN),
                    BytesEach(waiters, name),
                    Figure(waiters, name, row => row.Fill.TotalSeconds),
                    Weight(waiters, name),
                    Figure(waiters, name, row => row.Round?.Overtaken ?? double.NaN));
            }
        }

        result.Tables.Add(table);
        result.Plots.Add(plot);
    }

    private double Figure(int waiters, string name, Func<HandOverRow, double> figure) => Statistics.Median(Of(waiters, name).Select(figure));

    private IEnumerable<HandOverRow> Of(int waiters, string name) =>
        _rows.TryGetValue(waiters, out var rows) ? rows.Where(row => row.Name == name) : [];
}
