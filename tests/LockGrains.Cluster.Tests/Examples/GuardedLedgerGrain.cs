namespace LockGrains.Cluster.Tests;

/// <summary>Posts to an account of a ledger that lies outside the cluster, one posting at a time.</summary>
public interface IGuardedLedgerGrain : IGrainWithStringKey
{
    Task<decimal> PostAsync(string account, decimal amount);
}

/// <summary>
/// A single grain is not single enough to guard a system outside: while silos come and go there can be two of it for a moment.
/// A lock narrows that down, and the token makes sure: the ledger refuses whoever holds an older one.
/// </summary>
public sealed class GuardedLedgerGrain(ILockClient locks, ILedger ledger) : Grain, IGuardedLedgerGrain
{
    public async Task<decimal> PostAsync(string account, decimal amount)
    {
        await using var handle = await locks.AcquireAsync($"ledger/{account}", wait: TimeSpan.FromSeconds(10));

        var balance = await ledger.ReadAsync(account, handle.FencingToken, handle.HandleLostToken);
        await ledger.WriteAsync(account, balance + amount, handle.FencingToken, handle.HandleLostToken);
        return balance + amount;
    }
}

/// <summary>The same with the lock's grain itself: no renewal, no repetition, and every answer to be read.</summary>
public interface IDirectLedgerGrain : IGrainWithStringKey
{
    /// <returns>The new balance, or null when the lock could not be had at once.</returns>
    Task<decimal?> TryPostAsync(string account, decimal amount);
}

/// <summary>For work that is surely shorter than one lease.</summary>
public sealed class DirectLedgerGrain(ILedger ledger) : Grain, IDirectLedgerGrain
{
    public async Task<decimal?> TryPostAsync(string account, decimal amount)
    {
        var door = GrainFactory.GetLock($"ledger/{account}");
        var request = new AcquireRequest
        {
            LeaseId = Guid.NewGuid(),
            OwnerId = this.GetPrimaryKeyString(),
            Lease = TimeSpan.FromSeconds(5),
        };
        var reply = await door.AcquireAsync(request);
        if (reply.Status != AcquireStatus.Granted)
        {
            // "Unknown" may have become a grant: give back what may be held.
            await door.CancelAsync(request.LeaseId);
            return null;
        }

        try
        {
            var balance = await ledger.ReadAsync(account, reply.FencingToken, CancellationToken.None);
            await ledger.WriteAsync(account, balance + amount, reply.FencingToken, CancellationToken.None);
            return balance + amount;
        }
        finally
        {
            await door.ReleaseAsync(request.LeaseId);
        }
    }
}
