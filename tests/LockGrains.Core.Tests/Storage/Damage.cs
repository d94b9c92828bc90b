namespace LockGrains.Core.Tests.Storage;

/// <summary>Damaged records: how they are made, and that they are refused.</summary>
internal static class Damage
{
    public static byte[] LockHeader => [.. "LGRH"u8, RecordCodec.Version];

    public static byte[] ChunkHeader => [.. "LGRQ"u8, RecordCodec.Version];

    /// <summary>With a right checksum, so that the damage is met where it is.</summary>
    public static byte[] Sealed(byte[] content) => [.. content, .. BitConverter.GetBytes(Crc32C.Of(content))];

    public static void AssertEveryChangeRefused(byte[] record, Action<byte[]> decode)
    {
        for (var index = 0; index < record.Length; index++)
        {
            for (var change = 1; change < 256; change++)
            {
                var bytes = (byte[])record.Clone();
                bytes[index] ^= (byte)change;
                AssertRefused(() => decode(bytes), "", $"byte {index} changed by {change:X2}");
            }
        }
    }

    public static void AssertRefusedWithoutMemory(byte[] bytes, string what, bool isLock = true)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(() => _ = isLock ? (object)RecordCodec.DecodeLock(bytes) : RecordCodec.DecodeChunk(bytes), "", what);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    public static void AssertRefused(Action decode, string because = "", string what = "the record")
    {
        try
        {
            decode();
        }
        catch (RecordFormatException exception)
        {
            Assert.Contains(because, exception.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Fail($"It was read, with {what}.");
    }
}
