namespace LockGrains.Simulation;

/// <summary>
/// Liveness (I6, I7, I10), asked for when the faults are over: a lease that nobody renews ends on time, a first lease is short, and
/// at last nobody holds, nobody waits and nothing is left to happen.
/// </summary>
internal sealed class CalmChecker(Evidence evidence)
{
    private const long Second = TimeSpan.TicksPerSecond;

    // Until when a lease may last, by its attempt, and the activation that said so.
    private readonly Dictionary<Guid, (ActivationFacts Activation, long Until)> _leases = [];

    public void OnLeased(ActivationFacts activation, Guid lease, long term)
    {
        var length = term + (evidence.Find(lease)?.Delay ?? 0);
        _leases[lease] = (activation, evidence.Now + length + (length / 50) + Second);
    }

    public void OnGranted(ActivationFacts activation, AttemptFacts attempt)
    {
        // A session vouches for what is held under it.
        var first = attempt.Renews && attempt.Session is null ? Math.Min(evidence.Promises.FirstLease, attempt.Duration) : attempt.Duration;
        OnLeased(activation, attempt.Lease, first);
    }

    public void OnLeaseEnded(ActivationFacts activation, Guid lease)
    {
        if (_leases.TryGetValue(lease, out var known) && known.Activation == activation)
        {
            CheckOnTime(lease, known);
            _leases.Remove(lease);
        }
    }

    public void OnRest(bool isAtRest)
    {
        foreach (var (lease, known) in _leases)
        {
            if (!known.Activation.IsOver)
                CheckOnTime(lease, known);
        }

        if (!isAtRest)
            evidence.Fail("comes to rest", "long after the faults ended there are still calls, waits or timers");
    }

    public void OnWaitingAtRest(string who) => evidence.Fail("no waiter stuck", $"{who} still waits at the end");

    public void OnHeldAtRest(int key, Guid lease) => evidence.Fail("no orphan holder", $"{Short.Of(lease)} still holds key {key} at the end");

    private void CheckOnTime(Guid lease, (ActivationFacts Activation, long Until) known)
    {
        if (evidence.CalmSince >= 0 && !known.Activation.IsClockBroken && known.Until > evidence.CalmSince + evidence.Promises.StoreTimeout + Second && evidence.Now > known.Until)
            evidence.Fail("expired on time", $"the lease of {Short.Of(lease)} had to end by {Timeline.Time(known.Until)} in calm times");
    }
}
