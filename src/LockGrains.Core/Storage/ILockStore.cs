namespace LockGrains.Core;

/// <summary>
/// Where one key's records live: a handful of named blobs, each with an ETag that changes at every write. Compare-and-set on the
/// ETag is all that safety rests on; nothing is assumed of two records together.
/// </summary>
public interface ILockStore
{
    /// <summary>Reads a record.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The record; empty data when there is none.</returns>
    Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default);

    /// <summary>Writes a record if its ETag is still the one given.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="etag">The ETag that was read or written last; null when there was no record.</param>
    /// <param name="data">The new content.</param>
    /// <param name="cancellationToken">Ends the wait; the write may still be applied.</param>
    /// <returns>The new ETag, or that another was found and nothing was written.</returns>
    /// <exception cref="Exception">Any exception means that nobody knows: the write may have been applied, or may be later.</exception>
    Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <summary>Deletes a record if its ETag is still the one given. A record that is made again later never has one of its old ETags.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="etag">The ETag that was read or written last.</param>
    /// <param name="cancellationToken">Ends the wait; the record may still be deleted.</param>
    /// <returns>Written, without an ETag, when it was deleted; or that another ETag, or no record, was found and nothing was changed.</returns>
    /// <exception cref="Exception">Any exception means that nobody knows: the record may have been deleted, or may be later.</exception>
    Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default);
}

/// <summary>The name of one of a key's records: the small one that safety rests on, or a slot for a chunk of its queue.</summary>
public readonly record struct RecordName
{
    private readonly int _slotPlusOne;

    private RecordName(int slotPlusOne) => _slotPlusOne = slotPlusOne;

    /// <summary>The lock record: holder, token, epoch, queue cursors.</summary>
    public static RecordName Lock => default;

    /// <summary>A slot for a chunk of the queue.</summary>
    /// <param name="slot">Its number, from 0.</param>
    public static RecordName QueueSlot(int slot) => new(checked(slot + 1));

    /// <inheritdoc/>
    public override string ToString() =>
        _slotPlusOne == 0 ? "lock" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"queue-{_slotPlusOne - 1}");
}

/// <summary>A record as it was read.</summary>
/// <param name="Data">Its content; empty when there is none.</param>
/// <param name="ETag">Its ETag; null when there is no record.</param>
public readonly record struct StoredRecord(ReadOnlyMemory<byte> Data, string? ETag);

/// <summary>What came of a compare-and-set.</summary>
/// <param name="IsConflict">Whether another ETag was found, and nothing was written.</param>
/// <param name="ETag">The new ETag, when written.</param>
public readonly record struct StoreWrite(bool IsConflict, string? ETag)
{
    /// <summary>Another ETag was found; nothing was written.</summary>
    public static StoreWrite Conflict => new(true, null);

    /// <summary>The record was written.</summary>
    /// <param name="etag">Its new ETag.</param>
    public static StoreWrite Written(string? etag) => new(false, etag);
}
