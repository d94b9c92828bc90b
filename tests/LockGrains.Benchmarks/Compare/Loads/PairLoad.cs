using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>Acquire and release, again and again, each worker on a key of its own.</summary>
internal static class PairLoad
{
    /// <summary>The key of a worker.</summary>
    public static string KeyOf(int worker) => string.Create(CultureInfo.InvariantCulture, $"pair/{worker}");

    /// <summary>Runs so many workers for so long.</summary>
    public static async Task<PairRound> RunAsync(ILockSubject subject, int workers, TimeSpan duration)
    {
        using var stop = new CancellationTokenSource();
        var startedAt = Clock.Now;
        var running = Enumerable.Range(0, workers).Select(worker => Task.Run(() => WorkAsync(subject, KeyOf(worker), stop.Token))).ToArray();
        await Clock.DelayAsync(duration);
        await stop.CancelAsync();
        var latencies = (await Task.WhenAll(running)).SelectMany(worker => worker).Order().ToList();
        return new PairRound(latencies, Clock.Since(startedAt));
    }

    /// <summary>Runs so many pairs, one after another.</summary>
    public static async Task CountAsync(ILockSubject subject, string key, int pairs)
    {
        for (var pair = 0; pair < pairs; pair++)
            await subject.ReleaseAsync(await subject.AcquireAsync(key, CancellationToken.None));
    }

    private static async Task<List<double>> WorkAsync(ILockSubject subject, string key, CancellationToken stop)
    {
        var microseconds = new List<double>(capacity: 4096);
        while (!stop.IsCancellationRequested)
        {
            var startedAt = Clock.Now;
            await subject.ReleaseAsync(await subject.AcquireAsync(key, CancellationToken.None));
            microseconds.Add(Clock.Since(startedAt).TotalMicroseconds);
        }

        return microseconds;
    }
}

/// <summary>What one round of pairs took.</summary>
/// <param name="Microseconds">The time of each pair, sorted.</param>
/// <param name="Elapsed">The time of the round.</param>
internal sealed record PairRound(IReadOnlyList<double> Microseconds, TimeSpan Elapsed)
{
    public double P50 => Statistics.Percentile(Microseconds, 0.5);

    public double P99 => Statistics.Percentile(Microseconds, 0.99);

    public double PerSecond => Microseconds.Count / Elapsed.TotalSeconds;
}
