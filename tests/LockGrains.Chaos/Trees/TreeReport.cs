using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>The sum of many runs, also of those that were ended early.</summary>
internal sealed class TreeReport
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<TreeEnd, int> _ends = [];
    private readonly List<double> _milliseconds = [];

    public int Runs => _ends.Values.Sum();

    public int Violations { get; private set; }

    /// <summary>Processes that were still there when a run had killed all that it found.</summary>
    public int Leftovers { get; private set; }

    /// <summary>Adds one run.</summary>
    public void Add(TreeEnd end, string? violation, int leftovers)
    {
        _ends[end] = _ends.GetValueOrDefault(end) + 1;
        if (violation is not null)
            Violations++;
        Leftovers += leftovers;
    }

    /// <summary>How long a tree outlived lockgrains, which was killed.</summary>
    public void AddOutlived(TimeSpan time) => _milliseconds.Add(time.TotalMilliseconds);

    public string Describe(int planned)
    {
        var ends = string.Join(", ", _ends.Select(end => string.Create(CultureInfo.InvariantCulture, $"{end.Key} {end.Value}")));
        var runs = Runs == planned ? $"{planned}" : $"{Runs} of {planned}";
        return string.Create(CultureInfo.InvariantCulture, $"runs {runs} ({ends}), violations {Violations}, leftovers {Leftovers}{DescribeOutlived()}");
    }

    private string DescribeOutlived()
    {
        if (_milliseconds.Count == 0)
            return "";

        var (p50, p99, max) = (Percentile.Of(_milliseconds, 50), Percentile.Of(_milliseconds, 99), _milliseconds.Max());
        var late = _milliseconds.Count(time => time > Promised.TotalMilliseconds);
        return Environment.NewLine + string.Create(
            CultureInfo.InvariantCulture,
            $"lockgrains killed {_milliseconds.Count} times; its tree was gone after p50 {p50:0} ms, p99 {p99:0} ms, max {max:0} ms; later than 1 s {late}");
    }
}
