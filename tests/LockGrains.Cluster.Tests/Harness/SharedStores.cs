using System.Collections.Concurrent;
using LockGrains.TestKit;

namespace LockGrains.Cluster.Tests;

/// <summary>Records in the memory of the test, which stay when a silo goes.</summary>
internal sealed class SharedStores : ILockStoreProvider
{
    private readonly ConcurrentDictionary<(LockSpace Space, string Key), MemoryRecords> _keys = new();

    public string Name => "the test's memory";

    public bool IsDurable => true;

    public bool CanList => false;

    public ILockStore Open(LockSpace space, string key) => new Store(_keys.GetOrAdd((space, key), static _ => new MemoryRecords()));

    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(null);

    public IAsyncEnumerable<string> ListAsync(LockSpace space, string prefix = "", CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Several silos share the records, so each operation is one step.</summary>
    private sealed class Store(MemoryRecords records) : ILockStore
    {
        public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
        {
            lock (records) return Task.FromResult(records.Load(name));
        }

        public Task<StoreWrite> CompareAndSetAsync(RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
        {
            ReadOnlyMemory<byte> copy = data.ToArray();
            lock (records) return Task.FromResult(records.CompareAndSet(name, etag, copy));
        }

        public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default)
        {
            lock (records) return Task.FromResult(records.CompareAndDelete(name, etag));
        }
    }
}
