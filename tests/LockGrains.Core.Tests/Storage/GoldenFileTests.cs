namespace LockGrains.Core.Tests.Storage;

/// <summary>The stored format, byte by byte: what a silo wrote yesterday must be read tomorrow. See <c>Golden/README.md</c>.</summary>
public sealed class GoldenFileTests
{
    [Fact]
    public void LockRecord_IsWrittenAndReadByteForByte()
    {
        var golden = Read("lock-v132.bin");

        AssertSame(golden, RecordCodec.Encode(Samples.Lock), "lock-v132.bin");
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
        var golden = Read("chunk-v132.bin");

        AssertSame(golden, RecordCodec.Encode(Samples.Chunk), "chunk-v132.bin");
        var decoded = RecordCodec.DecodeChunk(golden);
        Assert.Equal(5, decoded.Number);
        Assert.Equal(Samples.Chunk.Waiters, decoded.Waiters.AsEnumerable());
    }

    /// <summary>Layout 130 knew nothing but a mutex. These are the bytes that it took for the same two records.</summary>
    [Fact]
    public void RecordsOfAMutex_KeepTheSizeOfTheLayoutBeforeKinds()
    {
        Assert.Equal(197, RecordCodec.Encode(Samples.Lock).Length);
        Assert.Equal(67, RecordCodec.Encode(Samples.Chunk).Length);
    }

    [Fact]
    public void LockRecordOfKinds_IsWrittenAndReadByteForByte()
    {
        var golden = Read("lock-kinds-v132.bin");

        AssertSame(golden, RecordCodec.Encode(Samples.LockOfKinds), "lock-kinds-v132.bin");
        var holders = RecordCodec.DecodeLock(golden).Holders;
        Assert.Equal(Samples.LockOfKinds.Holders, holders.AsEnumerable());
        Assert.Equal([LockMode.Shared, LockMode.Upgradeable, LockMode.Shared, LockMode.Shared, LockMode.Shared, LockMode.Shared, LockMode.Shared], holders.Select(lease => lease.Mode));
        Assert.Equal([1, 1, 5, 1, 1_000_000, 1, 2], holders.Select(lease => lease.Permits));
        Assert.Equal([0, 3, 1, 300, 0, 0, 0], holders.Select(lease => lease.Change));
        Assert.Equal([0, 1, 2, 130, 4_095], holders[2].Numbers.AsEnumerable());
        Assert.Equal((6, 4_096), (holders[2].Request.Permits, holders[2].Request.Limit));
        Assert.Equal(LockMode.Exclusive, holders[3].Request.Mode);
        Assert.Equal([false, false, false, false, false, true, true], holders.Select(lease => lease.Request.Session is not null));
    }

    [Fact]
    public void LockRecordWithData_IsWrittenAndReadByteForByte()
    {
        var golden = Read("lock-data-v132.bin");

        AssertSame(golden, RecordCodec.Encode(Samples.LockWithData), "lock-data-v132.bin");
        Assert.Equal(Samples.LockWithData.Data, RecordCodec.DecodeLock(golden).Data);
        Assert.Null(RecordCodec.DecodeLock(Read("lock-v132.bin")).Data);
    }

    [Fact]
    public void QueueChunkOfKinds_IsWrittenAndReadByteForByte()
    {
        var golden = Read("chunk-kinds-v132.bin");

        AssertSame(golden, RecordCodec.Encode(Samples.ChunkOfKinds), "chunk-kinds-v132.bin");
        var requests = RecordCodec.DecodeChunk(golden).Waiters.Select(waiter => waiter.Request).ToArray();
        Assert.Equal(Samples.ChunkOfKinds.Waiters.Select(waiter => waiter.Request), requests);
        Assert.Equal([(1, 0), (2, 300), (1_000_000, 0), (1, 0), (1, 1), (1, 0), (1, 0)], requests.Select(request => (request.Permits, request.Limit)));
    }

    [Fact]
    public void Numbers_ThatAreStored_NeverChange()
    {
        Assert.Equal([0, 1, 2, 3], Enum.GetValues<LockMode>().Select(value => (int)value));
        Assert.Equal((LockMode.Exclusive, LockMode.Shared, LockMode.Upgradeable), ((LockMode)1, (LockMode)2, (LockMode)3));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8], Enum.GetValues<EndReason>().Select(value => (int)value));
        Assert.Equal(
            (EndReason.Released, EndReason.Expired, EndReason.Revoked, EndReason.Cancelled, EndReason.TimedOut, EndReason.Dropped, EndReason.Refused, EndReason.SessionEnded),
            ((EndReason)1, (EndReason)2, (EndReason)3, (EndReason)4, (EndReason)5, (EndReason)6, (EndReason)7, (EndReason)8));
        Assert.Equal(256, QueueChunk.Size);
        Assert.Equal(["lock", "queue-0", "queue-17"], new[] { RecordName.Lock, RecordName.QueueSlot(0), RecordName.QueueSlot(17) }.Select(name => name.ToString()));
    }

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", name));

    private static void AssertSame(byte[] golden, byte[] written, string name) => Assert.True(
        golden.AsSpan().SequenceEqual(written),
        $"{name} has other bytes than are written now. A format that silos have written must not change: make a new version "
        + $"(Golden/README.md says how). Written now:{Environment.NewLine}{Convert.ToHexString(written)}");
}
