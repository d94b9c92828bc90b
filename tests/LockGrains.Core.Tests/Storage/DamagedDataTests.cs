using LockGrains.TestKit;
using static LockGrains.Core.Tests.Storage.Damage;

namespace LockGrains.Core.Tests.Storage;

/// <summary>Damage to the limit and the value that a lock record ends with.</summary>
public sealed class DamagedDataTests
{
    private const string Id = "00112233445566778899AABBCCDDEEFF";

    private static readonly byte[] LockBytes = RecordCodec.Encode(Samples.Lock);
    private static readonly byte[] DataBytes = RecordCodec.Encode(Samples.LockWithData);

    [Fact]
    public void Data_ByItself_IsReadAsItWasWritten()
    {
        var data = RecordCodec.DecodeLock(WithData("05" + "01" + "02" + "01" + "78" + Id + "07")).Data!;

        Assert.Equal((5, 1L, 2L), (data.Limit, data.LimitVersion, data.ValueVersion));
        Assert.Equal(new KeyValue([0x78], new LeaseId(Guid.Parse(Id)), 7), data.Value);
    }

    [Fact]
    public void Data_AtItsBounds_IsReadAsItWasWritten()
    {
        var bytes = WithData("C0843D" + "FFFFFFFFFFFFFFFF7F" + "FFFFFFFFFFFFFFFF7F" + "00");
        var data = RecordCodec.DecodeLock(bytes).Data!;

        Assert.Equal((LockPolicy.PermitsMax, long.MaxValue, long.MaxValue), (data.Limit, data.LimitVersion, data.ValueVersion));
        Assert.Null(data.Value);
        Assert.Equal(bytes, RecordCodec.Encode(RecordCodec.DecodeLock(bytes)));
    }

    [Theory]
    [InlineData("FFFFFFFF0F" + "00" + "00" + "00", "a negative limit")]
    [InlineData("C1843D" + "00" + "00" + "00", "a larger limit than there can be")]
    [InlineData("00" + "FFFFFFFFFFFFFFFFFF01" + "00" + "00", "a negative version of the limit")]
    [InlineData("00" + "00" + "FFFFFFFFFFFFFFFFFF01" + "00", "a negative version of the value")]
    [InlineData("00" + "00" + "00" + "818001", "a longer value than there can be, and none there")]
    [InlineData("00" + "00" + "00" + "FFFFFFFF07", "a value of two billion bytes")]
    [InlineData("00" + "00" + "00" + "FFFFFFFF0F", "a value of less than nothing")]
    [InlineData("00" + "00" + "00" + "01" + "05", "a value that nobody has set")]
    [InlineData("00" + "00" + "00" + "02" + "05", "half a value")]
    [InlineData("00" + "00" + "00" + "01" + "05" + Id, "a value without an end")]
    [InlineData("00" + "00" + "00", "no length of the value")]
    public void DataThatCannotBe_IsRefusedWithoutTheMemory(string hex, string what)
    {
        AssertRefused(() => RecordCodec.DecodeLock(WithData(hex)), "make no sense", what);
        AssertRefusedWithoutMemory(WithData(hex), what);
    }

    /// <summary>All of its bytes are there, so nothing but the bound refuses it.</summary>
    [Fact]
    public void Value_LongerThanTheBoundByAByte_IsRefused()
    {
        var most = new string('7', 2 * LockPolicy.ValueMaxBytesMost);

        Assert.Equal(LockPolicy.ValueMaxBytesMost, RecordCodec.DecodeLock(WithData("000000" + "808001" + most + Id + "07")).Data!.Value!.Bytes.Length);
        AssertRefused(() => RecordCodec.DecodeLock(WithData("000000" + "818001" + most + "77" + Id + "07")), "make no sense", "a byte too many");
    }

    [Fact]
    public void Record_CutOffInItsData_IsRefused()
    {
        for (var length = 0; length < DataBytes.Length; length++)
            AssertRefused(() => RecordCodec.DecodeLock(DataBytes.AsMemory(0, length)));

        // A record may end where its data would begin.
        for (var length = LockBytes.Length - 4 + 1; length < DataBytes.Length - 4; length++)
            AssertRefused(() => RecordCodec.DecodeLock(Sealed(DataBytes[..length])), "make no sense");
    }

    [Fact]
    public void Record_WithAnyByteChanged_IsRefused() => AssertEveryChangeRefused(DataBytes, bytes => RecordCodec.DecodeLock(bytes));

    /// <summary>Whatever is read can be written and read again: nothing comes out of it that no record can hold.</summary>
    [Fact]
    public void Data_DamagedAtRandomWithARightChecksum_IsRefusedOrReadAsData() => RandomStory.Holds(2000, random =>
    {
        var content = DataBytes[..^4];
        for (var changes = random.Next(1, 4); changes > 0; changes--)
            content[random.Next(LockBytes.Length - 4, content.Length)] = (byte)random.Next(256);
        try
        {
            var record = RecordCodec.DecodeLock(Sealed(content));
            Assert.NotNull(record.Data);
            Assert.Equal(record.Data, RecordCodec.DecodeLock(RecordCodec.Encode(record)).Data);
        }
        catch (RecordFormatException)
        {
            // The usual end.
        }
    });

    /// <summary>The record of a mutex that ends with this data.</summary>
    private static byte[] WithData(string hex) => Sealed([.. LockBytes[..^4], .. Convert.FromHexString(hex)]);
}
