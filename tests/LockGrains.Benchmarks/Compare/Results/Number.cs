using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>Numbers as people read them: three digits that matter.</summary>
internal static class Number
{
    public static string Text(double value) => value switch
    {
        _ when double.IsNaN(value) => "-",
        _ when double.IsInfinity(value) => "inf",
        0 => "0",
        _ when Math.Abs(value) >= 100 => value.ToString("#,0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) >= 0.01 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00000", CultureInfo.InvariantCulture),
    };
}
