using LockGrains.Core;

namespace LockGrains;

/// <summary>One key's records in the file.</summary>
internal sealed class SqliteLockStore(SqliteWriter writer, LockSpace space, byte[] key) : ILockStore
{
    private const int PageBytes = 4096;

    public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
    {
        var record = Find(name);
        return writer.ExecuteAsync(records => records.Load(record), pages: 0, cancellationToken);
    }

    public Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        // Written later, on another thread: by then the caller's memory may hold something else.
        var (record, bytes) = (Find(name), data.ToArray());
        return writer.ExecuteAsync(records => records.CompareAndSet(record, etag, bytes), PagesOf(bytes.Length), cancellationToken);
    }

    public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(etag);
        var record = Find(name);
        return writer.ExecuteAsync(records => records.CompareAndDelete(record, etag), PagesOf(0), cancellationToken);
    }

    // A leaf of the tree, now and then another one beside or above it, and where the record is long, pages of its own.
    private static int PagesOf(int bytes) => 2 + (bytes / PageBytes);

    private SqliteRecordKey Find(RecordName name) => new(space, key, name.ToString());
}
