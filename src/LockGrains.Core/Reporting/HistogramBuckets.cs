using System.Diagnostics.Metrics;

namespace LockGrains;

/// <summary>
/// The bounds of the histograms' buckets. OpenTelemetry's own are made for milliseconds: the first ends at 5, so that in seconds a wait
/// of 30 ms and one of 4 s would be the same.
/// </summary>
internal static class HistogramBuckets
{
    /// <summary>For waits and holds, in seconds: 5 ms to 1 h.</summary>
    public static InstrumentAdvice<double> Waits { get; } = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
    };

    /// <summary>For writes to storage, in seconds: 0.5 ms to 5 s.</summary>
    public static InstrumentAdvice<double> Writes { get; } = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    };

    /// <summary>For hand-overs, in seconds: mostly one write, and longer where the next in line has to be waited for; 0.5 ms to 5 min.</summary>
    public static InstrumentAdvice<double> Handovers { get; } = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    /// <summary>For the time that is left of a lease, in seconds: 0.1 to 60 s.</summary>
    public static InstrumentAdvice<double> Slack { get; } = new()
    {
        HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60],
    };

    /// <summary>For stored records, in bytes: 64 B to 64 KiB.</summary>
    public static InstrumentAdvice<int> Sizes { get; } = new()
    {
        HistogramBucketBoundaries = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536],
    };

    /// <summary>For how many there are: 1 to 10,000.</summary>
    public static InstrumentAdvice<int> Counts { get; } = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000],
    };
}
