namespace LockGrains.Simulation;

/// <summary>
/// What the protected resource takes and refuses. Writers advance it, and readers only compare: a stale one is refused, and those that hold now never
/// refuse each other. Permits that have numbers are fenced by number.
/// </summary>
internal sealed class ResourceChecker(Evidence evidence, TokenChecker tokens, ExclusionChecker exclusion)
{
    private readonly Dictionary<(int Key, int Number), long> _accepted = [];

    public void OnUse(int key, ShareFacts share, bool accepted)
    {
        var isNewest = share.Token >= tokens.Accepted(key);
        if (share.Mode == HoldMode.Exclusive)
            tokens.OnWrite(key, share.Lease, share.Token, accepted);
        else if (accepted && !isNewest)
            evidence.Fail("fenced exclusion", $"a use of {share} was accepted after a write with token {tokens.Accepted(key)}");
        foreach (var number in accepted ? share.Numbers : [])
        {
            var highest = _accepted.GetValueOrDefault((key, number));
            if (share.Token < highest)
                evidence.Fail("fenced permits", $"a use of permit {number} by {share} was accepted after one with token {highest}");
            _accepted[(key, number)] = Math.Max(highest, share.Token);
        }

        if (!accepted && IsCurrent(key, share))
            evidence.Fail("live is not refused", $"a use of {share} was refused, while its client holds just that");
    }

    // Where records were lost, tokens may be smaller than some that the resource has seen.
    private bool IsCurrent(int key, ShareFacts share)
    {
        var (facts, attempt) = (evidence.Key(key), evidence.Find(share.Lease));
        return attempt is { IsBelieved: true } && ReferenceEquals(attempt.Believed, share) && attempt.BelievedUntil > evidence.Now
            && !exclusion.IsExcused(attempt) && facts.HeadLostAt < 0 && !evidence.AreWallClocksBroken;
    }
}
