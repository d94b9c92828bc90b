namespace LockGrains.Benchmarks;

/// <summary>A logarithmic axis from a power of ten to another.</summary>
internal sealed class LogAxis : IAxis
{
    private readonly double _low;
    private readonly double _high;
    private readonly double _from;
    private readonly double _to;

    public LogAxis(double min, double max, double from, double to)
    {
        _low = Math.Floor(Math.Log10(min));
        _high = Math.Max(_low + 1, Math.Ceiling(Math.Log10(max)));
        (_from, _to) = (from, to);
    }

    public IEnumerable<double> Ticks => Enumerable.Range((int)_low, (int)(_high - _low) + 1).Select(power => Math.Pow(10, power));

    public double At(double value) => _from + ((Math.Log10(value) - _low) / (_high - _low) * (_to - _from));
}
