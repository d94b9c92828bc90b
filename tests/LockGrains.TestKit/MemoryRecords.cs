using System.Globalization;
using LockGrains.Core;

namespace LockGrains.TestKit;

/// <summary>Records in memory.</summary>
public sealed class MemoryRecords : IRecords
{
    private readonly Dictionary<RecordName, StoredRecord> _records = [];
    private long _etags;

    /// <inheritdoc/>
    public IEnumerable<RecordName> Names => _records.Keys;

    /// <inheritdoc/>
    public StoredRecord Load(RecordName name) => _records.GetValueOrDefault(name);

    /// <inheritdoc/>
    public StoreWrite CompareAndSet(RecordName name, string? etag, ReadOnlyMemory<byte> data)
    {
        if (_records.GetValueOrDefault(name).ETag != etag)
            return StoreWrite.Conflict;

        // Never used twice, as in a real store: an ETag that came back would hide a lost update.
        var next = (++_etags).ToString(CultureInfo.InvariantCulture);
        _records[name] = new StoredRecord(data, next);
        return StoreWrite.Written(next);
    }

    /// <inheritdoc/>
    public StoreWrite CompareAndDelete(RecordName name, string etag) =>
        _records.GetValueOrDefault(name).ETag == etag && _records.Remove(name) ? StoreWrite.Written(null) : StoreWrite.Conflict;
}
