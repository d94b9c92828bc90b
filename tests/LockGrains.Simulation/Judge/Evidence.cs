namespace LockGrains.Simulation;

/// <summary>What all checkers look at: the attempts and keys of one world, its promises in numbers, and the first violation.</summary>
internal sealed class Evidence(Promises promises, Func<long> now)
{
    private readonly Dictionary<Guid, AttemptFacts> _attempts = [];
    private readonly List<KeyFacts> _keys = [];
    private long _order;

    public Promises Promises => promises;

    public long Now => now();

    /// <summary>The wall clock of the world, in milliseconds; those of its silos are about there.</summary>
    public long WallNow => promises.Epoch + (Now / TimeSpan.TicksPerMillisecond);

    public Violation? Violation { get; private set; }

    /// <summary>When the faults ended; -1 while they go on.</summary>
    public long CalmSince { get; set; } = -1;

    /// <summary>A silo's wall clock jumped: what leans on wall clocks may not be asked any more.</summary>
    public bool AreWallClocksBroken { get; set; }

    public IEnumerable<AttemptFacts> Attempts => _attempts.Values;

    public IReadOnlyList<KeyFacts> Keys => _keys;

    /// <summary>Tells things apart that happen at one instant.</summary>
    public long NextOrder() => ++_order;

    public KeyFacts Key(int key)
    {
        while (_keys.Count <= key)
            _keys.Add(new KeyFacts(_keys.Count));
        return _keys[key];
    }

    public AttemptFacts? Find(Guid lease) => _attempts.GetValueOrDefault(lease);

    public void Add(AttemptFacts attempt)
    {
        _attempts.Add(attempt.Lease, attempt);
        var key = Key(attempt.Key);
        key.Attempts.Add(attempt);
        key.IsOfSessions |= attempt.IsSession;
        key.IsHeldUnderSessions |= attempt.Session is not null;
        attempt.Session?.AskedUnder.Add(attempt);
    }

    /// <summary>Whether records that this attempt depends on were lost after it began.</summary>
    public bool WasLost(AttemptFacts attempt) => Key(attempt.Key).LostAt >= attempt.FirstSentAt;

    /// <summary>Whether what says who holds was lost after this attempt began. A chunk has places only.</summary>
    public bool WasHeadLost(AttemptFacts attempt) => Key(attempt.Key).HeadLostAt >= attempt.FirstSentAt;

    /// <summary>Whether an operator took the lock away since this attempt began, or is about to.</summary>
    public bool WasRevoked(AttemptFacts attempt)
    {
        var key = Key(attempt.Key);
        return key.RevokedAt >= attempt.FirstSentAt || IsRevocationOpen(key);
    }

    /// <summary>Whether an activation started from a record that was lost since: its tickets are of another lineage.</summary>
    public bool IsFromBeforeLoss(ActivationFacts activation) => activation.ReadAs < Key(activation.Key).LostAs;

    public void Fail(string rule, string what) => Violation ??= new Violation(rule, what, Now);

    // Asked at nearly every event, of all activations that the key ever had: so without LINQ.
    private static bool IsRevocationOpen(KeyFacts key)
    {
        foreach (var activation in key.Activations)
        {
            foreach (var open in activation.Open.Values)
            {
                if (open.Call.Kind == CallKind.Revoke)
                    return true;
            }
        }

        return false;
    }
}
