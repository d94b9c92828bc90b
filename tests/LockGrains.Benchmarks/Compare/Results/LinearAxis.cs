namespace LockGrains.Benchmarks;

/// <summary>An axis from zero to a round number, with at most ten ticks.</summary>
internal sealed class LinearAxis : IAxis
{
    private readonly double _step;
    private readonly double _high;
    private readonly double _from;
    private readonly double _to;

    public LinearAxis(double max, double from, double to)
    {
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(max)));
        _step = max / magnitude > 5 ? magnitude : magnitude / (max / magnitude > 2 ? 2 : 5);
        _high = Math.Ceiling(max / _step) * _step;
        (_from, _to) = (from, to);
    }

    public IEnumerable<double> Ticks => Enumerable.Range(0, (int)Math.Round(_high / _step) + 1).Select(tick => tick * _step);

    public double At(double value) => _from + (value / _high * (_to - _from));
}
