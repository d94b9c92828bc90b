namespace LockGrains.Core;

/// <summary>A store whose operations end in time. One that does not is left to itself, and its outcome counts as unknown.</summary>
internal sealed class TimedLockStore(ILockStore store, TimeSpan timeout, TimeProvider timeProvider) : ILockStore
{
    public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default) =>
        InTime(store.LoadAsync(name, cancellationToken));

    public Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        InTime(store.CompareAndSetAsync(name, etag, data, cancellationToken));

    public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default) =>
        InTime(store.CompareAndDeleteAsync(name, etag, cancellationToken));

    private Task<T> InTime<T>(Task<T> operation) => operation.IsCompleted ? operation : WaitAsync(operation);

    private async Task<T> WaitAsync<T>(Task<T> operation)
    {
        try
        {
            return await operation.WaitAsync(timeout, timeProvider);
        }
        catch (TimeoutException)
        {
            // It may have ended since, while the scheduler was busy, or by a time-out of its own.
            if (operation.IsCompleted)
                return await operation;

            // Whatever becomes of it, nobody looks at it any more.
            _ = operation.ContinueWith(
                static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw new TimeoutException($"The storage did not answer within {DurationText.Format(timeout)}; nobody knows whether it was applied.");
        }
    }
}
