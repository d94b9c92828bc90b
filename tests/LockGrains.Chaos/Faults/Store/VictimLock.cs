namespace LockGrains.Chaos;

/// <summary>A lock that belongs to one fault alone, so that its record can be spoiled for good.</summary>
internal sealed class VictimLock(ChaosCluster cluster, string key)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    public string Key => key;

    /// <summary>Acquires and releases it.</summary>
    /// <returns>The fencing token.</returns>
    public async Task<long> UseAsync(CancellationToken cancellationToken)
    {
        await using var handle = await cluster.Locks.AcquireAsync(key, Wait, cancellationToken: cancellationToken);
        await handle.ReleaseAsync(cancellationToken);
        return handle.FencingToken;
    }

    /// <summary>Tries to acquire it, once.</summary>
    /// <returns>Whether somebody was granted the lock, and what was thrown instead.</returns>
    public async Task<(bool IsGranted, Exception? Thrown)> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var handle = await cluster.Locks.TryAcquireAsync(key, cancellationToken: cancellationToken);
            return (handle is not null, null);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, exception);
        }
    }
}
