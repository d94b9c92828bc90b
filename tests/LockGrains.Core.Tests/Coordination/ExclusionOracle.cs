namespace LockGrains.Core.Tests.Coordination;

/// <summary>
/// Judges what callers are told, and nothing else: a caller that was told a lease works from then until it gives it up or the lease it was
/// told of ends. No two may work at once, and each must have a larger token than everybody who worked before.
/// </summary>
internal sealed class ExclusionOracle
{
    private readonly Dictionary<LeaseId, (FencingToken Token, TimeSpan Until)> _working = [];
    private readonly HashSet<LeaseId> _stopped = [];
    private FencingToken _highest;

    public int Grants { get; private set; }

    /// <summary>A caller was told that it holds the lock.</summary>
    public void Told(Lease lease, TimeSpan until, TimeSpan now)
    {
        if (until <= now || _stopped.Contains(lease.LeaseId))
            return;
        foreach (var (other, hold) in _working)
        {
            Assert.False(
                other != lease.LeaseId && hold.Until > now,
                $"At {now} both {other} (token {hold.Token}, until {hold.Until}) and {lease.LeaseId} (token {lease.FencingToken}) hold the lock.");
        }

        if (_working.TryGetValue(lease.LeaseId, out var before))
            Assert.Equal(before.Token, lease.FencingToken);
        else
            Start(lease);
        _working[lease.LeaseId] = (lease.FencingToken, before.Until > until ? before.Until : until);
    }

    /// <summary>A caller stops working, and does not start again whatever it still hears: it asks to end its hold.</summary>
    public void Stop(LeaseId leaseId)
    {
        _stopped.Add(leaseId);
        _working.Remove(leaseId);
    }

    private void Start(Lease lease)
    {
        Assert.True(lease.FencingToken > _highest, $"{lease.LeaseId} was told token {lease.FencingToken} after {_highest} had worked.");
        _highest = lease.FencingToken;
        Grants++;
    }
}
