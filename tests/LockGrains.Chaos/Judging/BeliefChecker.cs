using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>Looks whether those who believe to hold a key at one time may do so: a writer alone, one who may become it, no more permits than there are.</summary>
internal sealed class BeliefChecker(Func<ClientAttempt, bool> isExcused, Action<string, string, long> fail)
{
    // No hold that ended so long ago can overlap one that is still told about.
    private const long Forgotten = 120_000_000_000;

    private readonly List<Belief> _beliefs = [];
    private readonly HashSet<(long, long)> _told = [];
    private readonly HashSet<long> _overLimit = [];

    /// <summary>The most permits that were out at one time.</summary>
    public int MostPermits { get; private set; }

    /// <summary>A client believes something from now on.</summary>
    public void Add(Belief belief)
    {
        Forget(belief.From);
        _beliefs.Add(belief);
        Check(belief);
    }

    /// <summary>Looks at a stretch that is new, or longer than it was.</summary>
    public void Check(Belief belief)
    {
        if (isExcused(belief.Attempt))
            return;
        var beside = _beliefs.Where(other => other.Attempt != belief.Attempt && other.OverlapWith(belief) > 0 && !isExcused(other.Attempt)).ToList();
        foreach (var other in beside)
        {
            if (FindConflict(other, belief) is var (rule, what) && _told.Add((Math.Min(belief.Token, other.Token), Math.Max(belief.Token, other.Token))))
                fail(rule, what, belief.Token);
        }

        if (belief.Share.Limit > 0)
            CheckLimit(belief, [.. beside.Where(other => other.Share.Limit > 0), belief]);
    }

    private static (string Rule, string What)? FindConflict(Belief first, Belief second)
    {
        var both = string.Create(
            CultureInfo.InvariantCulture, $"{first.Attempt.Name} (token {first.Token}) and {second.Attempt.Name} (token {second.Token}) both believe to hold");
        var ms = string.Create(CultureInfo.InvariantCulture, $"for {first.OverlapWith(second) / 1e6:0.0} ms");
        if (first.Share.Excludes(second.Share))
        {
            var isMutex = first.Share.Mode == LockMode.Exclusive && second.Share.Mode == LockMode.Exclusive;
            return ("timed exclusion", isMutex ? $"{both}, {ms}" : $"{both}, {first.Share} beside {second.Share}, {ms}");
        }

        var numbers = first.Share.Numbers.Intersect(second.Share.Numbers).ToList();
        return numbers.Count > 0 ? ("number held twice", $"{both} number {string.Join(", ", numbers)}, {ms}") : null;
    }

    // The sum is largest when one of them begins.
    private void CheckLimit(Belief belief, IReadOnlyList<Belief> counted)
    {
        foreach (var at in counted.Select(other => Math.Max(other.From, belief.From)).Distinct())
        {
            var holding = counted.Where(other => other.IsAt(at)).ToList();
            var taken = holding.Sum(other => other.Share.Permits);
            MostPermits = Math.Max(MostPermits, taken);
            if (taken > belief.Share.Limit && _overLimit.Add(belief.Token))
                fail("permits within limit", $"{taken} of {belief.Share.Limit} permits are believed to be held: {Describe(holding)}", belief.Token);
        }
    }

    private static string Describe(IEnumerable<Belief> holding) => string.Join(", ", holding.Select(belief =>
        string.Create(CultureInfo.InvariantCulture, $"{belief.Share.Permits} by {belief.Attempt.Name} (token {belief.Token})")));

    // One that is over can only overlap those that began before its end, and only an open one may still become longer.
    private void Forget(long now)
    {
        var oldest = _beliefs.Where(belief => belief.IsOpen).Select(belief => belief.From).DefaultIfEmpty(now).Min();
        _beliefs.RemoveAll(belief => belief.Until < now - Forgotten || (!belief.IsOpen && belief.Until <= Math.Min(oldest, now)));
    }
}
