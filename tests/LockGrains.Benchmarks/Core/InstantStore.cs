using LockGrains.Core;

namespace LockGrains.Benchmarks;

/// <summary>A store that costs nothing: its ETag is a number, and nothing is kept.</summary>
internal sealed class InstantStore : ILockStore
{
    private static readonly Task<StoreWrite> Written = Task.FromResult(StoreWrite.Written("1"));

    public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default) =>
        Task.FromResult(new StoredRecord(default, null));

    public Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => Written;

    public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default) => Written;
}
