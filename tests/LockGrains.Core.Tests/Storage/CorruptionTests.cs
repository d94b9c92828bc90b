using System.Text;
using LockGrains.TestKit;
using static LockGrains.Core.Tests.Storage.Damage;

namespace LockGrains.Core.Tests.Storage;

/// <summary>Bytes that are not a record of ours, in every way that bytes can be: each is refused, none is guessed at.</summary>
public sealed class CorruptionTests
{
    private static readonly byte[] LockBytes = RecordCodec.Encode(Samples.Lock);
    private static readonly byte[] ChunkBytes = RecordCodec.Encode(Samples.Chunk);

    [Fact]
    public void Record_CutOffAnywhere_IsRefused()
    {
        for (var length = 0; length < LockBytes.Length; length++)
            AssertRefused(() => RecordCodec.DecodeLock(LockBytes.AsMemory(0, length)));
        for (var length = 0; length < ChunkBytes.Length; length++)
            AssertRefused(() => RecordCodec.DecodeChunk(ChunkBytes.AsMemory(0, length)));
    }

    [Fact]
    public void Record_WithAnyByteChanged_IsRefused()
    {
        AssertEveryChangeRefused(LockBytes, bytes => RecordCodec.DecodeLock(bytes));
        AssertEveryChangeRefused(ChunkBytes, bytes => RecordCodec.DecodeChunk(bytes));
    }

    [Fact]
    public void Record_CutOffAnywhereWithARightChecksum_IsRefused()
    {
        for (var length = 5; length < LockBytes.Length - 4; length++)
            AssertRefused(() => RecordCodec.DecodeLock(Sealed(LockBytes[..length])));
        for (var length = 5; length < ChunkBytes.Length - 4; length++)
            AssertRefused(() => RecordCodec.DecodeChunk(Sealed(ChunkBytes[..length])));
    }

    [Fact]
    public void Record_WithBytesAfterItsEnd_IsRefused()
    {
        // What may follow a lock record is its limit and value.
        AssertRefused(() => RecordCodec.DecodeLock(Sealed([.. LockBytes[..^4], 0])), "make no sense");
        AssertRefused(() => RecordCodec.DecodeLock(Sealed([.. LockBytes[..^4], 0, 0, 0, 0, 0])), "bytes after its end");
        AssertRefused(() => RecordCodec.DecodeChunk(Sealed([.. ChunkBytes[..^4], 0])), "bytes after its end");
    }

    [Theory]
    [InlineData("")]
    [InlineData("LGR")]
    [InlineData("{\"$type\":\"System.IO.FileInfo, mscorlib\"}")]
    [InlineData("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n")]
    public void ForeignBytes_AreRefused(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);

        AssertRefused(() => RecordCodec.DecodeLock(bytes), "not a LockGrains lock record");
        AssertRefused(() => RecordCodec.DecodeChunk(bytes), "not a LockGrains queue chunk");
    }

    [Fact]
    public void RandomBytes_AreRefused() => RandomStory.Holds(500, random =>
    {
        var bytes = new byte[random.Next(300)];
        random.NextBytes(bytes);
        AssertRefused(() => RecordCodec.DecodeLock(bytes));
        AssertRefused(() => RecordCodec.DecodeLock(Sealed([.. LockHeader, .. bytes])));
        AssertRefused(() => RecordCodec.DecodeChunk(Sealed([.. ChunkHeader, .. bytes])));
    });

    [Fact]
    public void RecordOfTheOtherKind_IsRefused()
    {
        AssertRefused(() => RecordCodec.DecodeLock(ChunkBytes), "not a LockGrains lock record");
        AssertRefused(() => RecordCodec.DecodeChunk(LockBytes), "not a LockGrains queue chunk");
    }

    [Theory]
    [InlineData(133, "upgrade this one")]
    [InlineData(255, "upgrade this one")]
    [InlineData(131, "delete it")]
    [InlineData(1, "delete it")]
    [InlineData(0, "delete it")]
    public void Record_OfAnotherVersion_IsRefusedNamingBothVersionsAndTheRemedy(byte version, string remedy)
    {
        byte[] other = [.. LockBytes[..4], version, .. LockBytes[5..^4]];

        AssertRefused(() => RecordCodec.DecodeLock(Sealed(other)), $"version {version}; this silo reads version 132");
        AssertRefused(() => RecordCodec.DecodeLock(other), remedy);
    }

    [Theory]
    [InlineData("FFFFFFFF07", "holders by the billion")]
    [InlineData("A08D06", "holders up to the bound, and none there")]
    [InlineData("FFFFFFFF0F", "a negative count")]
    [InlineData("00FFFFFFFF07", "ended attempts by the billion")]
    [InlineData("0000FFFFFFFF07", "runs by the billion")]
    public void HugeCounts_AreRefusedWithoutTheMemory(string hex, string what)
    {
        // Epoch, token and three cursors, each 0; then the counts.
        byte[] bytes = Sealed([.. LockHeader, 0, 0, 0, 0, 0, .. Convert.FromHexString(hex)]);

        AssertRefusedWithoutMemory(bytes, what);
    }

    [Fact]
    public void RunsThatAddUpToTheWorld_AreRefusedWithoutTheMemory()
    {
        byte[] run = [0, 0, 0xA0, 0x8D, 0x06];
        byte[] bytes = Sealed([.. LockHeader, 0, 0, 0, 0, 0, 0, 0, 0x64, .. Enumerable.Repeat(run, 100).SelectMany(bytes => bytes)]);

        AssertRefusedWithoutMemory(bytes, "a hundred runs of a hundred thousand");
    }

    [Theory]
    [InlineData("01" + "00" + "FFFFFFFF07" + "02", "a slot that overflows")]
    [InlineData("01" + "FFFFFFFFFFFFFFFF7F" + "00" + "02", "a number whose tickets overflow")]
    [InlineData("01" + "FFFFFFFFFFFFFFFFFF01" + "00" + "01", "a negative number")]
    [InlineData("01" + "00" + "00" + "00", "a run of nothing")]
    public void RunsOfChunksOutOfRange_AreRefused(string hex, string what)
    {
        byte[] bytes = Sealed([.. LockHeader, 0, 0, 0, 0, 0, 0, 0, .. Convert.FromHexString(hex)]);

        AssertRefused(() => RecordCodec.DecodeLock(bytes), "make no sense", what);
    }

    [Fact]
    public void OwnerOfHugeLength_IsRefusedWithoutTheMemory()
    {
        var bytes = RecordCodec.Encode(new QueueChunk(0, [Samples.Chunk.Waiters[0]]))[..^5];

        AssertRefusedWithoutMemory(Sealed([.. bytes, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]), "an owner of two billion bytes", isLock: false);
    }

    [Fact]
    public void UnknownEnumValues_AreRefused()
    {
        var ended = RecordCodec.Encode(Samples.Lock with { Holders = [], Ended = [new EndedLease(Ids.A, EndReason.Dropped)], Chunks = [], EndedTickets = [] });
        ended[^7] = 9;

        AssertRefused(() => RecordCodec.DecodeLock(Sealed(ended[..^4])), "make no sense");
    }
}
