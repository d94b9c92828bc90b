namespace LockGrains.Benchmarks;

/// <summary>What a window of contention showed.</summary>
internal sealed record ContendedRound
{
    public required int Acquisitions { get; init; }

    /// <summary>Acquisitions by another than the one who had it before.</summary>
    public required int HandOvers { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>Milliseconds from asking to having, sorted.</summary>
    public required IReadOnlyList<double> Waits { get; init; }

    /// <summary>How many others had the lock between asking and having, sorted: in strict order nearly the same for all.</summary>
    public required IReadOnlyList<double> Passed { get; init; }

    /// <summary>Microseconds from the begin of a release to the next grant, sorted: as both ends see it.</summary>
    public required IReadOnlyList<double> Gaps { get; init; }

    /// <summary>The most acquisitions of a contender, over the fewest; infinite when one got none.</summary>
    public required double Unfairness { get; init; }

    /// <summary>Acquisitions that another one passed which was sent when they had been sent already.</summary>
    public required int Overtaken { get; init; }

    public double AcquisitionsPerSecond => Acquisitions / Elapsed.TotalSeconds;

    public double PerSecond => HandOvers / Elapsed.TotalSeconds;

    /// <summary>Microseconds per hand-over, all in.</summary>
    public double Each => Elapsed.TotalMicroseconds / HandOvers;

    public double WaitP50 => Statistics.Percentile(Waits, 0.5);

    public double WaitP99 => Statistics.Percentile(Waits, 0.99);

    public double WaitMax => Waits.Count == 0 ? double.NaN : Waits[^1];

    public double PassedP50 => Statistics.Percentile(Passed, 0.5);

    public double PassedP99 => Statistics.Percentile(Passed, 0.99);

    public double GapP50 => Statistics.Percentile(Gaps, 0.5);

    public static ContendedRound Make(IReadOnlyList<Turn> turns, long from, long to, int contenders, int permits)
    {
        var numbered = turns.Index().Where(entry => entry.Item.GrantedAt >= from && entry.Item.GrantedAt < to).ToList();
        var inWindow = numbered.Select(entry => entry.Item).ToList();
        var counts = new int[contenders];
        foreach (var turn in inWindow)
            counts[turn.Contender]++;
        return new ContendedRound
        {
            Acquisitions = inWindow.Count,
            HandOvers = inWindow.Zip(inWindow.Skip(1)).Count(pair => pair.First.Contender != pair.Second.Contender),
            Elapsed = Clock.Between(from, to),
            Waits = [.. inWindow.Select(turn => Clock.Between(turn.StartedAt, turn.GrantedAt).TotalMilliseconds).Order()],
            Passed = [.. numbered.Select(entry => (double)Math.Max(0, entry.Index - entry.Item.GrantsAfter)).Order()],
            Gaps = [.. inWindow.Select(turn => Clock.Between(turn.ReleaseBegunAt, turn.GrantedAt).TotalMicroseconds).Order()],
            Unfairness = counts.Min() == 0 ? double.PositiveInfinity : (double)counts.Max() / counts.Min(),
            Overtaken = CountOvertaken(turns, permits),
        };
    }

    // Two requests have an order only if two grants were seen between them; what is sent closer together Orleans may deliver in any order.
    // As many may be granted at once as there are permits, so with more of them it is that many more. Which of those its contender sees first
    // is chance: the lock's own order counts, where it has one.
    private static int CountOvertaken(IReadOnlyList<Turn> turns, int permits)
    {
        var (overtaken, latestSent) = (0, -1);
        foreach (var turn in turns.OrderBy(turn => turn.Token))
        {
            if (turn.GrantsAfter + permits < latestSent)
                overtaken++;
            latestSent = Math.Max(latestSent, turn.GrantsBefore);
        }

        return overtaken;
    }
}
