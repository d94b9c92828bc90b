using LockGrains.Core;

namespace LockGrains.TestKit;

/// <summary>One key's records, where <see cref="InMemoryLockStore"/> keeps them.</summary>
public interface IRecords
{
    /// <summary>The records that there are.</summary>
    IEnumerable<RecordName> Names { get; }

    /// <summary>What is in a record.</summary>
    /// <param name="name">Which one.</param>
    StoredRecord Load(RecordName name);

    /// <summary>Writes a record if its ETag is this one.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="etag">The ETag that it must have; null when there must be none.</param>
    /// <param name="data">Its new content.</param>
    StoreWrite CompareAndSet(RecordName name, string? etag, ReadOnlyMemory<byte> data);

    /// <summary>Deletes a record if its ETag is this one.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="etag">The ETag that it must have.</param>
    StoreWrite CompareAndDelete(RecordName name, string etag);
}
