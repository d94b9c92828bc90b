namespace LockGrains.Cluster.Tests;

/// <summary>A grain that uses the client of its silo.</summary>
public interface ILockingGrain : IGrainWithStringKey
{
    /// <summary>Works under a lock.</summary>
    Task<long> WorkAsync(string key);

    /// <summary>Works as long without one.</summary>
    Task<long> WorkWithoutLockAsync();
}

public sealed class LockingGrain(ILockClient locks) : Grain, ILockingGrain
{
    public async Task<long> WorkAsync(string key)
    {
        await using var handle = await locks.AcquireAsync(key, wait: TimeSpan.FromSeconds(20));
        await Task.Yield();
        handle.ThrowIfLost();
        return handle.FencingToken;
    }

    public async Task<long> WorkWithoutLockAsync()
    {
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        return 0;
    }
}
