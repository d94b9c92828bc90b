namespace LockGrains.Benchmarks;

/// <summary>LockGrains as applications use it: handles that renew.</summary>
internal sealed class ClientSubject(string name, ILockClient locks) : ILockSubject
{
    public string Name => name;

    public async ValueTask<Hold> AcquireAsync(string key, CancellationToken cancellationToken) =>
        new(key, await locks.AcquireAsync(key, cancellationToken: cancellationToken));

    public async ValueTask ReleaseAsync(Hold hold)
    {
        var outcome = await ((LockHandle)hold.Proof).ReleaseAsync();

        // Of unknown outcome it goes on in the background, and those who wait see how long that takes.
        if (outcome is not (ReleaseOutcome.Released or ReleaseOutcome.Unknown))
            throw new InvalidOperationException($"The release of '{hold.Key}' came to {outcome}.");
    }

    public async ValueTask<int?> CountWaitingAsync(string key) => (await locks.GetInfoAsync(key)).QueueLength;
}
