using LockGrains.TestKit;

namespace LockGrains.Core.Tests.Storage;

public sealed class CodecTests
{
    [Fact]
    public void LockRecord_EncodedAndDecoded_IsTheSame() => RandomStory.Holds(500, random =>
    {
        var record = Samples.DrawLock(random);

        var bytes = RecordCodec.Encode(record);
        var decoded = RecordCodec.DecodeLock(bytes);

        Assert.Equal(
            (record.Epoch, record.LastToken, record.NextTicket, record.FirstTicket, record.CommittedTail),
            (decoded.Epoch, decoded.LastToken, decoded.NextTicket, decoded.FirstTicket, decoded.CommittedTail));
        Assert.Equal(record.Holders, decoded.Holders.AsEnumerable());
        Assert.Equal(record.Ended, decoded.Ended.AsEnumerable());
        Assert.Equal(record.Chunks, decoded.Chunks.AsEnumerable());
        Assert.Equal(record.EndedTickets, decoded.EndedTickets.AsEnumerable());
        Assert.Equal(record.Data, decoded.Data);
        Assert.Equal(bytes, RecordCodec.Encode(decoded));
    });

    [Fact]
    public void QueueChunk_EncodedAndDecoded_IsTheSame() => RandomStory.Holds(500, random =>
    {
        var chunk = Samples.DrawChunk(random);

        var decoded = RecordCodec.DecodeChunk(RecordCodec.Encode(chunk));

        Assert.Equal(chunk.Number, decoded.Number);
        Assert.Equal(chunk.Waiters, decoded.Waiters.AsEnumerable());
    });

    [Fact]
    public void WhatIsOfOneActivationOnly_IsNotStored()
    {
        var waiter = Samples.Chunk.Waiters[0] with { AttachedUntil = Times.Sec(1), PresentUntil = Times.Sec(2), EnqueuedAt = Times.Sec(3), GivesUp = true };
        var lease = Samples.Lock.Holders[0] with { ExpiresAt = Times.Sec(1), GrantedAt = Times.Sec(2) };

        Assert.Equal(RecordCodec.Encode(Samples.Chunk), RecordCodec.Encode(Samples.Chunk with { Waiters = [waiter, Samples.Chunk.Waiters[1]] }));
        Assert.Equal(RecordCodec.Encode(Samples.Lock), RecordCodec.Encode(Samples.Lock with { Holders = [lease] }));
    }

    [Fact]
    public void KindsOfHoldsAndWaiters_EncodedAndDecoded_AreTheSame()
    {
        Assert.Equal(Samples.LockOfKinds.Holders, RecordCodec.DecodeLock(RecordCodec.Encode(Samples.LockOfKinds)).Holders.AsEnumerable());
        Assert.Equal(Samples.ChunkOfKinds.Waiters, RecordCodec.DecodeChunk(RecordCodec.Encode(Samples.ChunkOfKinds)).Waiters.AsEnumerable());
    }

    /// <summary>A lease that is as it was asked for, of one permit without a limit, takes no byte more than a mutex does.</summary>
    [Theory]
    [InlineData(LockMode.Shared)]
    [InlineData(LockMode.Upgradeable)]
    public void Reader_TakesAsManyBytesAsAMutex(LockMode mode)
    {
        var lease = Samples.Lock.Holders[0];
        var reader = lease with { Request = lease.Request with { Mode = mode } };

        Assert.Equal(RecordCodec.Encode(Samples.Lock).Length, RecordCodec.Encode(Samples.Lock with { Holders = [reader] }).Length);
    }

    [Fact]
    public void PermitNumbers_InOneRun_TakeAFewBytes()
    {
        var lease = Samples.Lock.Holders[0];
        var sharing = lease with { Request = lease.Request with { Mode = LockMode.Shared, Permits = LockPolicy.NumbersMax, Limit = LockPolicy.NumbersMax } };
        var held = sharing with { Extent = new HoldExtent(LockMode.Shared, LockPolicy.NumbersMax, [.. Enumerable.Range(0, LockPolicy.NumbersMax)], 0) };

        var more = RecordCodec.Encode(Samples.Lock with { Holders = [held] }).Length - RecordCodec.Encode(Samples.Lock with { Holders = [lease] }).Length;

        Assert.InRange(more, 1, 12);
    }

    [Fact]
    public void LockRecord_OfThousandsOfChunks_IsSmallWhereTheyAreInOrder()
    {
        var chunks = Enumerable.Range(0, 4000).Select(index => new ChunkPlace(1_000_000 + index, index));

        Assert.InRange(RecordCodec.Encode(Samples.Lock with { Chunks = [.. chunks], EndedTickets = [] }).Length, 1, 200);
    }

    [Fact]
    public void Checksum_IsCrc32C()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));

        byte[][] records = [RecordCodec.Encode(Samples.Lock), RecordCodec.Encode(Samples.Chunk), RecordCodec.Encode(new QueueChunk(0, []))];
        Assert.All(records, bytes => Assert.Equal(Crc32C.Of(bytes.AsSpan()[..^4]), BitConverter.ToUInt32(bytes.AsSpan()[^4..])));
    }
}
