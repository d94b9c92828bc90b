using LockGrains.TestKit;
using static LockGrains.Core.Tests.Storage.Damage;

namespace LockGrains.Core.Tests.Storage;

/// <summary>Damage to what the records say of modes, permits, limits and changed holds.</summary>
public sealed class DamagedKindTests
{
    private static readonly byte[] LockBytes = RecordCodec.Encode(Samples.LockOfKinds);
    private static readonly byte[] ChunkBytes = RecordCodec.Encode(Samples.ChunkOfKinds);

    [Fact]
    public void Record_CutOffAnywhere_IsRefused()
    {
        for (var length = 0; length < LockBytes.Length; length++)
            AssertRefused(() => RecordCodec.DecodeLock(LockBytes.AsMemory(0, length)));
        for (var length = 0; length < ChunkBytes.Length; length++)
            AssertRefused(() => RecordCodec.DecodeChunk(ChunkBytes.AsMemory(0, length)));
        for (var length = 5; length < LockBytes.Length - 4; length++)
            AssertRefused(() => RecordCodec.DecodeLock(Sealed(LockBytes[..length])));
        for (var length = 5; length < ChunkBytes.Length - 4; length++)
            AssertRefused(() => RecordCodec.DecodeChunk(Sealed(ChunkBytes[..length])));
    }

    [Fact]
    public void Record_WithAnyByteChanged_IsRefused()
    {
        AssertEveryChangeRefused(LockBytes, bytes => RecordCodec.DecodeLock(bytes));
        AssertEveryChangeRefused(ChunkBytes, bytes => RecordCodec.DecodeChunk(bytes));
    }

    /// <summary>Whatever is read can be written and read again: nothing comes out of it that no record can hold.</summary>
    [Fact]
    public void Record_DamagedAtRandomWithARightChecksum_IsRefusedOrReadAsARecord() => RandomStory.Holds(3000, random =>
    {
        var isLock = random.Chance(0.7);
        var content = (isLock ? LockBytes : ChunkBytes)[..^4];
        for (var changes = random.Next(1, 4); changes > 0; changes--)
            content[random.Next(5, content.Length)] = (byte)random.Next(256);
        try
        {
            if (isLock)
                AssertReadable(RecordCodec.DecodeLock(Sealed(content)));
            else
                RecordCodec.DecodeChunk(RecordCodec.Encode(RecordCodec.DecodeChunk(Sealed(content))));
        }
        catch (RecordFormatException)
        {
            // The usual end.
        }
    });

    [Theory]
    [InlineData(-1)]
    [InlineData(60_001)]
    public void LockDelayThatCannotBe_IsRefused(int milliseconds)
    {
        var waiter = Samples.ChunkOfKinds.Waiters[0];
        var request = waiter.Request with { Delay = TimeSpan.FromMilliseconds(milliseconds) };

        AssertRefused(() => RecordCodec.DecodeChunk(RecordCodec.Encode(new QueueChunk(0, [waiter with { Request = request }]))), "make no sense");
    }

    [Fact]
    public void Extent_ByItself_IsReadAsItWasWritten() => Assert.Equal([0, 1, 3], RecordCodec.DecodeLock(WithExtent("02" + "03" + "00" + "02" + "0002" + "0301")).Holders[0].Numbers.AsEnumerable());

    [Theory]
    [InlineData("81" + "01" + "02" + "00", true)]
    [InlineData("01" + "01" + "02" + "00", false)]
    public void Extent_OfAnExclusiveHold_SaysWhetherAnUpgradeMadeItThat(string hex, bool isUpgraded)
    {
        var bytes = WithExtent(hex);
        var record = RecordCodec.DecodeLock(bytes);

        Assert.Equal(new HoldExtent(LockMode.Exclusive, 1, [], 2) { IsUpgraded = isUpgraded }, record.Holders[0].Extent);
        Assert.Equal(bytes, RecordCodec.Encode(record));
    }

    [Theory]
    [InlineData("00" + "01" + "00" + "00", "no mode")]
    [InlineData("80" + "01" + "00" + "00", "no mode of an upgraded hold")]
    [InlineData("82" + "01" + "02" + "00", "an upgraded hold that is shared")]
    [InlineData("83" + "01" + "02" + "00", "an upgraded hold that is upgradeable")]
    [InlineData("04" + "01" + "00" + "00", "an unknown mode")]
    [InlineData("42" + "01" + "00" + "00", "a mode with an unknown bit")]
    [InlineData("02" + "00" + "00" + "00", "no permits")]
    [InlineData("02" + "FFFFFFFF0F" + "00" + "00", "negative permits")]
    [InlineData("02" + "C1843D" + "00" + "00", "more permits than there can be")]
    [InlineData("01" + "02" + "00" + "00", "two permits of an exclusive hold")]
    [InlineData("03" + "02" + "00" + "00", "two permits of an upgradeable hold")]
    [InlineData("02" + "03" + "FFFFFFFF0F" + "00", "a negative change")]
    [InlineData("02" + "03" + "00" + "01" + "0000", "a run of nothing")]
    [InlineData("02" + "03" + "00" + "01" + "00FFFFFFFF0F", "a run of less than nothing")]
    [InlineData("02" + "03" + "00" + "02" + "0002" + "0101", "a run that begins in the one before")]
    [InlineData("02" + "03" + "00" + "02" + "0301" + "0001", "runs that go back")]
    [InlineData("02" + "03" + "00" + "01" + "FFFFFFFF0F01", "a negative number")]
    [InlineData("02" + "03" + "00" + "01" + "802001", "a number of 4,096")]
    [InlineData("02" + "03" + "00" + "01" + "FF1F02", "a run that ends above 4,095")]
    [InlineData("02" + "03" + "00" + "01" + "00FFFFFFFF07", "a run of two billion")]
    [InlineData("02" + "03" + "00" + "FFFFFFFF07", "runs by the billion")]
    [InlineData("02" + "03" + "00" + "A08D06" + "0001", "runs up to the bound, and one there")]
    public void ExtentThatCannotBe_IsRefusedWithoutTheMemory(string hex, string what)
    {
        AssertRefused(() => RecordCodec.DecodeLock(WithExtent(hex)), "make no sense", what);
        AssertRefusedWithoutMemory(WithExtent(hex), what);
    }

    /// <summary>It would count for one permit and take three numbers: a later grant would find none free, and its key stand still.</summary>
    [Fact]
    public void ExtentWithMoreNumbersThanPermits_IsRefused() =>
        AssertRefused(() => RecordCodec.DecodeLock(WithExtent("02" + "01" + "00" + "01" + "0003")), "make no sense", "three numbers of one permit");

    [Fact]
    public void Permits_ByThemselves_AreReadAsTheyWereWritten()
    {
        var request = RecordCodec.DecodeChunk(WithPermits(0x42, "03" + "05")).Waiters[0].Request;

        Assert.Equal((LockMode.Shared, 3, 5), (request.Mode, request.Permits, request.Limit));
    }

    [Theory]
    [InlineData(0x40, "03" + "05", "no mode")]
    [InlineData(0x44, "03" + "05", "an unknown mode")]
    [InlineData(0x62, "03" + "05", "a mode with an unknown bit")]
    [InlineData(0x41, "03" + "00", "three permits of an exclusive request")]
    [InlineData(0x43, "03" + "00", "three permits of an upgradeable request")]
    [InlineData(0x41, "01" + "05", "a limit of an exclusive request")]
    [InlineData(0x42, "00" + "05", "no permits")]
    [InlineData(0x42, "FFFFFFFF0F" + "05", "negative permits")]
    [InlineData(0x42, "C1843D" + "00", "more permits than there can be")]
    [InlineData(0x42, "06" + "05", "more permits than the limit")]
    [InlineData(0x42, "03" + "C1843D", "a larger limit than there can be")]
    [InlineData(0x42, "03" + "FFFFFFFF0F", "a negative limit")]
    [InlineData(0x42, "03", "permits and no limit")]
    [InlineData(0x42, "", "neither")]
    [InlineData(0x02, "03" + "05", "permits that were not announced")]
    [InlineData(0x00, "", "no mode of a mutex")]
    public void RequestThatCannotBe_IsRefused(byte kind, string hex, string what) =>
        AssertRefused(() => RecordCodec.DecodeChunk(WithPermits(kind, hex)), "The stored queue chunk", what);

    /// <summary>The record of one hold that has the extent alone to end with.</summary>
    private static byte[] WithExtent(string hex)
    {
        var hold = Samples.LockOfKinds.Holders[0] with { Extent = new HoldExtent(LockMode.Shared, 3, [0, 1, 3], 0) };
        var bytes = RecordCodec.Encode(Samples.LockOfKinds with { Holders = [hold], Ended = [] });

        // Behind the extent's eight bytes come three empty lists and the checksum.
        Assert.Equal("0203000200020301000000", Convert.ToHexString(bytes[^15..^4]));
        return Sealed([.. bytes[..^15], .. Convert.FromHexString(hex), 0, 0, 0]);
    }

    /// <summary>The chunk of one waiter whose request ends with its permits.</summary>
    private static byte[] WithPermits(byte kind, string hex)
    {
        var request = Samples.ChunkOfKinds.Waiters[0].Request with { Renews = false, Permits = 3, Limit = 5 };
        var bytes = RecordCodec.Encode(new QueueChunk(0, [new Waiter { Ticket = 1, Request = request }]));

        // Header, chunk, count and ticket are eight bytes, the id is sixteen.
        Assert.Equal(((byte)0x42, "0305"), (bytes[24], Convert.ToHexString(bytes[^6..^4])));
        bytes[24] = kind;
        return Sealed([.. bytes[..^6], .. Convert.FromHexString(hex)]);
    }

    private static void AssertReadable(LockRecord record)
    {
        var again = RecordCodec.DecodeLock(RecordCodec.Encode(record));

        Assert.Equal(record.Holders.Select(lease => (lease.Request, lease.Extent)), again.Holders.Select(lease => (lease.Request, lease.Extent)));
    }
}
