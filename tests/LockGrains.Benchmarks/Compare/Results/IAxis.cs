namespace LockGrains.Benchmarks;

/// <summary>Where values are on a plot.</summary>
internal interface IAxis
{
    IEnumerable<double> Ticks { get; }

    double At(double value);
}
