using Orleans.Storage;

namespace LockGrains;

/// <summary>A stored record: bytes whose meaning Core knows.</summary>
[GenerateSerializer]
[Alias("lockgrains.StoredBytes")]
public sealed class StoredBytes
{
    /// <summary>The record, as <see cref="Core.RecordCodec"/> wrote it.</summary>
    [Id(0)]
    public byte[] Data { get; set; } = [];
}

/// <summary>
/// Stores a record's bytes as they are. A storage provider that is set to it keeps LockGrains' records only; it resolves no types and
/// runs no code of whoever wrote them.
/// </summary>
public sealed class StoredBytesSerializer : IGrainStorageSerializer
{
    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The state is not one of a lock.</exception>
    public BinaryData Serialize<T>(T? input) => input is StoredBytes stored ? BinaryData.FromBytes(stored.Data) : throw NotOurs(typeof(T));

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The state is not one of a lock.</exception>
    public T Deserialize<T>(BinaryData input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new StoredBytes { Data = input.ToArray() } is T stored ? stored : throw NotOurs(typeof(T));
    }

    private static NotSupportedException NotOurs(Type type) => new(
        $"The grain storage of LockGrains keeps {nameof(StoredBytes)} only, not {type}. Give other grains a storage of their own.");
}
