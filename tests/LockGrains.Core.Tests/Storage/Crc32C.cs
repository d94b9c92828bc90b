namespace LockGrains.Core.Tests.Storage;

/// <summary>CRC-32C, bit by bit from its definition (RFC 3720, appendix B.4): the checksum of the stored records, written a second time.</summary>
internal static class Crc32C
{
    private const uint ReversedPolynomial = 0x82F63B78;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ ReversedPolynomial : crc >> 1;
        }

        return ~crc;
    }
}
