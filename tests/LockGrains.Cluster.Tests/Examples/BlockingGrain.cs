namespace LockGrains.Cluster.Tests;

/// <summary>A grain that blocks on the client, as code does that cannot be asynchronous.</summary>
public interface IBlockingGrain : IGrainWithStringKey
{
    Task TakeAsync(string key);

    Task TakeBlockingAsync(string key);

    Task<ReleaseOutcome> GiveBackBlockingAsync();
}

/// <summary>Its thread, and with it its scheduler, stands still until the client has its answer.</summary>
public sealed class BlockingGrain(ILockClient locks) : Grain, IBlockingGrain
{
    private LockHandle? _handle;

    public async Task TakeAsync(string key) => _handle = await locks.AcquireAsync(key);

    public Task TakeBlockingAsync(string key)
    {
        _handle = locks.AcquireAsync(key).AsTask().GetAwaiter().GetResult();
        return Task.CompletedTask;
    }

    public Task<ReleaseOutcome> GiveBackBlockingAsync()
    {
        _handle!.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return Task.FromResult(_handle.ReleaseAsync().AsTask().GetAwaiter().GetResult());
    }
}
