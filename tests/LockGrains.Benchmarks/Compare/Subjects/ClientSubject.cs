namespace LockGrains.Benchmarks;

/// <summary>LockGrains as applications use it: handles that renew.</summary>
/// <param name="name">What it is called in tables.</param>
/// <param name="locks">The client.</param>
/// <param name="options">How each lock is asked for; null for a mutex.</param>
internal sealed class ClientSubject(string name, ILockClient locks, AcquireOptions? options = null) : ILockSubject
{
    public string Name => name;

    public async ValueTask<Hold> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        var handle = await locks.AcquireAsync(key, options: options, cancellationToken: cancellationToken);
        return new Hold(key, handle) { Token = handle.FencingToken };
    }

    public async ValueTask ReleaseAsync(Hold hold)
    {
        var outcome = await ((LockHandle)hold.Proof).ReleaseAsync();

        // Of unknown outcome it goes on in the background, and those who wait see how long that takes.
        if (outcome is not (ReleaseOutcome.Released or ReleaseOutcome.Unknown))
            throw new InvalidOperationException($"The release of '{hold.Key}' came to {outcome}.");
    }

    public async ValueTask<int?> CountWaitingAsync(string key) => (await locks.GetInfoAsync(key)).QueueLength;
}
