namespace LockGrains.Benchmarks;

/// <summary>The few figures of a sample.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> sample) => Percentile([.. sample.Order()], 0.5);

    /// <summary>The nearest-rank percentile of a sorted sample; not a number of an empty one.</summary>
    public static double Percentile(IReadOnlyList<double> sorted, double share)
    {
        if (sorted.Count == 0)
            return double.NaN;
        var rank = (int)Math.Ceiling(share * sorted.Count);
        return sorted[Math.Clamp(rank - 1, 0, sorted.Count - 1)];
    }

    /// <summary>The median of the ratios, round by round: what drifts from round to round is in both and cancels.</summary>
    public static double MedianRatio(IEnumerable<double> ours, IEnumerable<double> theirs) =>
        Median(ours.Zip(theirs, static (left, right) => left / right).Where(double.IsFinite));
}
