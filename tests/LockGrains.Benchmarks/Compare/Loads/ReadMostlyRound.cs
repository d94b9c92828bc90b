namespace LockGrains.Benchmarks;

/// <summary>What a window of readers and a writer showed.</summary>
/// <param name="Reads">How often it was had for reading.</param>
/// <param name="Writes">How often for writing.</param>
/// <param name="Elapsed">How long the window was.</param>
/// <param name="ReadWaits">Milliseconds from asking to having, sorted.</param>
/// <param name="WriteWaits">The same of the writer.</param>
/// <param name="Spent">What Redis did in the window.</param>
internal sealed record ReadMostlyRound(
    int Reads, int Writes, TimeSpan Elapsed, IReadOnlyList<double> ReadWaits, IReadOnlyList<double> WriteWaits, RedisCounters Spent)
{
    public double ReadsPerSecond => Reads / Elapsed.TotalSeconds;

    public double WritesPerSecond => Writes / Elapsed.TotalSeconds;

    public double ReadWaitP50 => Statistics.Percentile(ReadWaits, 0.5);

    public double ReadWaitP99 => Statistics.Percentile(ReadWaits, 0.99);

    public double WriteWaitP50 => Statistics.Percentile(WriteWaits, 0.5);

    public double WriteWaitP99 => Statistics.Percentile(WriteWaits, 0.99);

    public double WriteWaitMax => Statistics.Percentile(WriteWaits, 1);

    public double StorageWritesEach => Spent.Writes / (double)(Reads + Writes);

    public double BytesEach => Spent.BytesReceived / (double)(Reads + Writes);

    public static ReadMostlyRound Make(IReadOnlyList<Visit> reads, IReadOnlyList<Visit> writes, long from, long to, RedisCounters spent) => new(
        reads.Count(visit => IsIn(visit, from, to)), writes.Count(visit => IsIn(visit, from, to)), Clock.Between(from, to), Waits(reads, from, to), Waits(writes, from, to), spent);

    private static bool IsIn(Visit visit, long from, long to) => visit.GrantedAt >= from && visit.GrantedAt < to;

    // Who still waits at the end has waited so long at least. Without that, one that never comes in would have no waits at all.
    private static List<double> Waits(IEnumerable<Visit> visits, long from, long to) =>
    [
        .. visits
            .Where(visit => visit.GrantedAt >= from && visit.StartedAt < to)
            .Select(visit => Clock.Between(visit.StartedAt, Math.Min(visit.GrantedAt, to)).TotalMilliseconds)
            .Order(),
    ];
}
