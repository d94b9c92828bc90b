using System.Buffers.Binary;
using System.Numerics;

namespace LockGrains.Core;

/// <summary>
/// Who a store is: 128 random bits in a record of their own, made once, by whoever comes first. Two servers that keep to different
/// stores can so be told apart by their clients.
/// </summary>
public static class StoreIdentity
{
    /// <summary>The key of its record, in <see cref="LockSpace.System"/>.</summary>
    public const string Key = "identity";

    /// <summary>The version of the record. Until 0.1.0 each layout has a number from 128 on, and reads no other.</summary>
    public const byte Version = 128;

    private const int HeaderSize = 4;
    private const int IdentitySize = 16;
    private const int Size = HeaderSize + IdentitySize + sizeof(uint);

    // Somebody who deletes the record while we look for it should do so no more often.
    private const int AttemptsMax = 8;

    private static ReadOnlySpan<byte> Magic => "LGI"u8;

    /// <summary>Reads the identity, or gives the store one if it has none. Several may do so at once: all get the same.</summary>
    /// <param name="stores">The store.</param>
    /// <param name="candidate">128 random bits, which become its identity if it has none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The candidate is empty.</exception>
    /// <exception cref="RecordFormatException">The record is damaged, or of another version.</exception>
    /// <exception cref="Exception">Nobody knows whether it was given; asking again finds out.</exception>
    public static async Task<Guid> GetOrCreateAsync(ILockStoreProvider stores, Guid candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stores);
        if (candidate == Guid.Empty)
            throw new ArgumentException("It must be 128 random bits, and not all zero.", nameof(candidate));
        var store = stores.Open(LockSpace.System, Key);
        for (var attempt = 1; ; attempt++)
        {
            var record = await store.LoadAsync(RecordName.Lock, cancellationToken);
            if (record.ETag is not null)
                return Decode(record.Data.Span);
            var write = await store.CompareAndSetAsync(RecordName.Lock, etag: null, Encode(candidate), cancellationToken);
            if (!write.IsConflict)
                return candidate;
            if (attempt == AttemptsMax)
                throw new InvalidOperationException($"The identity of the store was made and deleted {AttemptsMax} times while it was looked for.");
        }
    }

    internal static byte[] Encode(Guid identity)
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        bytes[Magic.Length] = Version;
        identity.TryWriteBytes(bytes.AsSpan(HeaderSize), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Size - sizeof(uint)), Checksum(bytes.AsSpan(0, Size - sizeof(uint))));
        return bytes;
    }

    private static Guid Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || !bytes.StartsWith(Magic))
            throw new RecordFormatException($"The stored bytes ({bytes.Length}) are not the identity of a store: they do not begin like one.");
        if (bytes[Magic.Length] != Version)
            throw new RecordFormatException($"The stored identity of the store has version {bytes[Magic.Length]}; this silo reads version {Version}.");
        if (bytes.Length != Size || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]) != Checksum(bytes[..^sizeof(uint)]))
            throw new RecordFormatException($"The stored identity of the store ({bytes.Length} bytes) is damaged.");
        return new Guid(bytes.Slice(HeaderSize, IdentitySize), bigEndian: true);
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
            checksum = BitOperations.Crc32C(checksum, value);
        return ~checksum;
    }
}
