namespace LockGrains.Simulation;

/// <summary>
/// Fencing tokens (I1, I2): each belongs to one attempt for ever, and each grant or upgrade of a key has a larger one than every one before.
/// After lost records that holds as long as the wall clock has not gone back, and over a lost record for clocks that differ by no
/// more than the policy allows.
/// </summary>
internal sealed class TokenChecker(Evidence evidence, Coverage coverage)
{
    private readonly Dictionary<(int Key, long Token), Guid> _owners = [];
    private readonly HashSet<(int Key, long Token)> _drawnTwice = [];
    private readonly Dictionary<int, List<Grant>> _grants = [];
    private readonly Dictionary<int, long> _highest = [];
    private readonly Dictionary<int, long> _accepted = [];

    /// <summary>A grant was written; wall is the clock of the silo that decided it, in milliseconds since 1970.</summary>
    public void OnGrant(ActivationFacts activation, Guid lease, long token, long wall)
    {
        var key = evidence.Key(activation.Key);
        if (_owners.TryGetValue((key.Index, token), out var owner))
        {
            // The same grant as before, if records were lost: it came back with an older one.
            if (owner != lease && !IsDrawnTwice(activation, token, wall))
                evidence.Fail("token unique", $"{Short.Of(lease)} was granted token {token}, which belongs to {Short.Of(owner)}");
            _owners[(key.Index, token)] = lease;
            return;
        }

        _owners.Add((key.Index, token), lease);

        if (!_grants.TryGetValue(key.Index, out var grants))
            _grants.Add(key.Index, grants = []);
        var isHighest = token > _highest.GetValueOrDefault(key.Index);
        if (isHighest)
            _highest[key.Index] = token;
        foreach (var earlier in isHighest ? [] : grants)
        {
            if (earlier.Token >= token && earlier.Lease != lease && IsPromised(key, activation, earlier, wall))
                evidence.Fail("token order", $"{Short.Of(lease)} was granted token {token} after {Short.Of(earlier.Lease)} had {earlier.Token}");
        }

        if (grants.Count > 0 && key.LostAt > grants[^1].At)
            coverage.Add(Mark.TokenOverLoss);
        grants.Add(new Grant(lease, token, wall, evidence.Now));
    }

    /// <summary>The protected resource was written to.</summary>
    public void OnWrite(int key, Guid lease, long token, bool accepted)
    {
        if (_owners.TryGetValue((key, token), out var owner) && owner != lease && !_drawnTwice.Contains((key, token)))
            evidence.Fail("token unique", $"{Short.Of(lease)} wrote with token {token} of {Short.Of(owner)}");
        var highest = _accepted.GetValueOrDefault(key);
        if (accepted && token < highest)
            evidence.Fail("fenced exclusion", $"a write of {Short.Of(lease)} with token {token} was accepted after one with {highest}");
        if (accepted)
            _accepted[key] = Math.Max(highest, token);
    }

    /// <summary>The largest token with which the protected resource was written to.</summary>
    public long Accepted(int key) => _accepted.GetValueOrDefault(key);

    public bool WasGranted(int key, Guid lease, long token) => _owners.TryGetValue((key, token), out var owner) && owner == lease;

    // See below: ahead of the clock, after a record was remade in place of a lost one. Or two activations decided from the same record
    // within a millisecond, of which compare-and-set lets one through; but its write was lost, and the other's was still under way.
    private bool IsDrawnTwice(ActivationFacts activation, long token, long wall)
    {
        var key = evidence.Key(activation.Key);
        var earlier = _grants[key.Index].Where(grant => grant.Token == token).ToArray();
        var isExcused = (evidence.IsFromBeforeLoss(activation) && Array.Exists(earlier, grant => grant.Wall == wall))
            || (key.RemadeAt >= 0 && Array.Exists(earlier, grant => token >> 11 > grant.Wall));
        if (isExcused)
            _drawnTwice.Add((key.Index, token));
        return isExcused;
    }

    private bool IsPromised(KeyFacts key, ActivationFacts activation, Grant earlier, long wall)
    {
        if (key.LostAt < earlier.At)
            return true;

        // A record was lost, the first tokens of the next one were put ahead of the clock, and then that one was lost too, to an
        // older one or a late write that knows of no such lead. Only a store that keeps what it acknowledged can help there.
        var isFromClock = earlier.Token >> 11 <= earlier.Wall;
        if (!isFromClock && key.RemadeAt >= 0)
            return false;

        // The record that knew the earlier token is lost. If no clock went back in between, the clock part orders them.
        if (wall > earlier.Wall)
            return true;

        // Over a lost record, also if this silo's clock is behind the other's, but by no more than is allowed.
        return isFromClock && activation.FoundNothing && !evidence.IsFromBeforeLoss(activation) && wall >= earlier.Wall - (evidence.Promises.MaxClockSkew / TimeSpan.TicksPerMillisecond);
    }

    private readonly record struct Grant(Guid Lease, long Token, long Wall, long At);
}
