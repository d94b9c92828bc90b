using System.Buffers;
using System.Buffers.Text;

namespace LockGrains.Chaos;

/// <summary>Where a message of RESP2 or RESP3 ends, in either direction.</summary>
internal static class RespFrame
{
    /// <summary>Takes one whole message off the front, if it is all there.</summary>
    /// <param name="buffer">What was read; what is left of it after.</param>
    /// <param name="frame">The message.</param>
    /// <exception cref="InvalidDataException">This is not RESP.</exception>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, out byte[] frame)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!TrySkip(ref reader))
        {
            frame = [];
            return false;
        }

        frame = buffer.Slice(0, reader.Position).ToArray();
        buffer = buffer.Slice(reader.Position);
        return true;
    }

    public static bool IsPush(byte[] frame) => frame[0] == '>';

    public static bool IsError(byte[] frame) => frame[0] is (byte)'-' or (byte)'!';

    private static bool TrySkip(ref SequenceReader<byte> reader)
    {
        // Counted, not nested: the depth of an answer is the sender's choice.
        for (var left = 1L; left > 0; left--)
        {
            if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
                return false;
            if (line.IsEmpty)
                continue;
            switch ((char)line.FirstSpan[0])
            {
                case '$' or '!' or '=':
                    var length = Count(line);
                    if (length >= 0 && !TryAdvance(ref reader, length + 2))
                        return false;
                    break;
                case '*' or '~' or '>':
                    left += Math.Max(0, Count(line));
                    break;
                case '%':
                    left += 2 * Math.Max(0, Count(line));
                    break;
                case '|':
                    left += (2 * Math.Max(0, Count(line))) + 1;
                    break;
                default:
                    // A simple type, or a command as a line of words: it ends where the line ends.
                    break;
            }
        }

        return true;
    }

    private static bool TryAdvance(ref SequenceReader<byte> reader, long count)
    {
        if (reader.Remaining < count)
            return false;
        reader.Advance(count);
        return true;
    }

    private static long Count(ReadOnlySequence<byte> line)
    {
        var digits = line.Slice(1).ToArray();
        return Utf8Parser.TryParse(digits, out long count, out var used) && used == digits.Length && count is >= -1 and <= int.MaxValue
            ? count
            : throw new InvalidDataException("A length is not a number: this is not RESP, or not all of it.");
    }
}
