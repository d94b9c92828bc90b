using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Testing;

/// <summary>One key's records in memory. Used on one scheduler, and done before it returns.</summary>
internal sealed class MemoryStore : ILockStore
{
    private readonly Dictionary<RecordName, StoredRecord> _records = [];
    private long _etags;

    public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default) =>
        Task.FromResult(_records.GetValueOrDefault(name));

    public Task<StoreWrite> CompareAndSetAsync(RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (_records.GetValueOrDefault(name).ETag != etag)
            return Task.FromResult(StoreWrite.Conflict);

        var next = (++_etags).ToString(CultureInfo.InvariantCulture);
        _records[name] = new StoredRecord(data.ToArray(), next);
        return Task.FromResult(StoreWrite.Written(next));
    }

    public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default) => Task.FromResult(
        _records.GetValueOrDefault(name).ETag == etag && _records.Remove(name) ? StoreWrite.Written(null) : StoreWrite.Conflict);
}
