namespace LockGrains.Core.Tests.Storage;

/// <summary>The stored format, byte by byte: what a silo wrote yesterday must be read tomorrow. See <c>Golden/README.md</c>.</summary>
public sealed class GoldenFileTests
{
    [Fact]
    public void LockRecord_IsWrittenAndReadByteForByte()
    {
        var golden = Read("lock-v130.bin");

        AssertSame(golden, RecordCodec.Encode(Samples.Lock), "lock-v130.bin");
        var decoded = RecordCodec.DecodeLock(golden);
        Assert.Equal((42, 1_300, 257, 1_280), (decoded.Epoch, decoded.NextTicket, decoded.FirstTicket, decoded.CommittedTail));
        Assert.Equal(3_891_200_000_012_345, decoded.LastToken.Value);
        Assert.Equal(Samples.Lock.Holders, decoded.Holders.AsEnumerable());
        Assert.Equal(Samples.Lock.Ended, decoded.Ended.AsEnumerable());
        Assert.Equal(Samples.Lock.Chunks, decoded.Chunks.AsEnumerable());
        Assert.Equal([257, 511], Enumerable.Range(256, 256).Where(ticket => decoded.EndedTickets[0].Contains(ticket)));
        Assert.Equal([1_151, 1_152], Enumerable.Range(1_024, 256).Where(ticket => decoded.EndedTickets[1].Contains(ticket)));
    }

    [Fact]
    public void QueueChunk_IsWrittenAndReadByteForByte()
    {
        var golden = Read("chunk-v130.bin");

        AssertSame(golden, RecordCodec.Encode(Samples.Chunk), "chunk-v130.bin");
        var decoded = RecordCodec.DecodeChunk(golden);
        Assert.Equal(5, decoded.Number);
        Assert.Equal(Samples.Chunk.Waiters, decoded.Waiters.AsEnumerable());
    }

    [Fact]
    public void Numbers_ThatAreStored_NeverChange()
    {
        Assert.Equal([0, 1], Enum.GetValues<LockMode>().Select(value => (int)value));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], Enum.GetValues<EndReason>().Select(value => (int)value));
        Assert.Equal(
            (EndReason.Released, EndReason.Expired, EndReason.Revoked, EndReason.Cancelled, EndReason.TimedOut, EndReason.Dropped),
            ((EndReason)1, (EndReason)2, (EndReason)3, (EndReason)4, (EndReason)5, (EndReason)6));
        Assert.Equal(256, QueueChunk.Size);
        Assert.Equal(["lock", "queue-0", "queue-17"], new[] { RecordName.Lock, RecordName.QueueSlot(0), RecordName.QueueSlot(17) }.Select(name => name.ToString()));
    }

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", name));

    private static void AssertSame(byte[] golden, byte[] written, string name) => Assert.True(
        golden.AsSpan().SequenceEqual(written),
        $"{name} has other bytes than are written now. A format that silos have written must not change: make a new version "
        + $"(Golden/README.md says how). Written now:{Environment.NewLine}{Convert.ToHexString(written)}");
}
