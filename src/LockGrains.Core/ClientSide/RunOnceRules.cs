using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace LockGrains.Core;

/// <summary>
/// The rules of work that runs once per cluster: whether an edition runs, which of two editions is the later, and how the record of the last run is
/// written as the value of its lock. Without clock or network.
/// </summary>
public static class RunOnceRules
{
    /// <summary>The most bytes of an edition in UTF-8: 128. It shares the value of the lock with the outcome.</summary>
    public const int EditionMaxBytes = 128;

    // A text, so that an operator who prints the value can read it: mark and layout, token, edition, and the outcome to the end.
    private const string Mark = "once/";
    private const string Layout = "1";

    // What is no UTF-8 is no record, and an outcome that has no UTF-8 is not stored as another one.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Says what is wrong with an edition; null when nothing is.</summary>
    /// <param name="edition">The edition.</param>
    public static string? FindEditionProblem(string edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        var (index, bytes) = (0, 0);
        while (index < edition.Length)
        {
            if (!Rune.TryGetRuneAt(edition, index, out var rune))
                return string.Create(CultureInfo.InvariantCulture, $"Edition must be well-formed text; this one has a lone surrogate at index {index}.");
            if (Rune.IsControl(rune))
                return string.Create(CultureInfo.InvariantCulture, $"Edition must have no control characters; this one has U+{rune.Value:X4} at index {index}.");

            index += rune.Utf16SequenceLength;
            bytes += rune.Utf8SequenceLength;
        }

        return bytes > EditionMaxBytes
            ? string.Create(CultureInfo.InvariantCulture, $"Edition must have at most {EditionMaxBytes} bytes in UTF-8; this one has {bytes}.")
            : null;
    }

    /// <summary>Decides whether an edition runs.</summary>
    /// <param name="last">What ran last; null for nothing.</param>
    /// <param name="edition">The edition that is asked for.</param>
    /// <returns>Null when it runs; else why it does not.</returns>
    public static RunOnceStatus? Decide(RunOnceRecord? last, string edition) => last is null ? null : CompareEditions(last.Edition, edition) switch
    {
        < 0 => null,
        0 => RunOnceStatus.AlreadyRun,
        _ => RunOnceStatus.Superseded,
    };

    /// <summary>
    /// Compares two editions: from left to right, digits as the number that they write, and all else character by character. So 9 comes before 10,
    /// and 2026-12 before 2027-01. The empty edition comes first. Two are equal only if they are the same text.
    /// </summary>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    /// <returns>Less than 0 when the second is the later, more than 0 when the first is, and 0 when they are the same.</returns>
    public static int CompareEditions(string first, string second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var one = first.AsSpan();
        var other = second.AsSpan();
        while (one.Length > 0 && other.Length > 0)
        {
            var areNumbers = char.IsAsciiDigit(one[0]) && char.IsAsciiDigit(other[0]);
            var order = areNumbers ? CompareNumbers(ref one, ref other) : one[0].CompareTo(other[0]);
            if (order != 0)
                return order;
            if (areNumbers)
                continue;

            one = one[1..];
            other = other[1..];
        }

        // What goes on is the later. Numbers that differ in their zeros alone are told apart, so that the order is total.
        return one.Length != other.Length ? one.Length.CompareTo(other.Length) : string.CompareOrdinal(first, second);
    }

    /// <summary>Writes a record as the bytes of a value.</summary>
    /// <param name="record">The record.</param>
    /// <exception cref="ArgumentException">The outcome is no well-formed text.</exception>
    public static ImmutableArray<byte> Encode(RunOnceRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return [.. Utf8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{Mark}{Layout}\n{record.FencingToken}\n{record.Edition}\n{record.Outcome}"))];
    }

    /// <summary>Reads a record. Only what <see cref="Encode"/> writes is one.</summary>
    /// <param name="bytes">The bytes of the value.</param>
    /// <param name="record">The record; null when there is none.</param>
    /// <param name="problem">Why there is none; null when there is one.</param>
    public static bool TryDecode(ImmutableArray<byte> bytes, [NotNullWhen(true)] out RunOnceRecord? record, [NotNullWhen(false)] out string? problem)
    {
        (record, problem) = (null, null);
        var text = ReadText(bytes);
        if (text?.StartsWith(Mark, StringComparison.Ordinal) is not true)
        {
            problem = "it is no record of a run";
            return false;
        }

        var parts = text[Mark.Length..].Split('\n', 4);
        if (parts[0] != Layout)
        {
            problem = $"it is a record of a run in another layout than {Layout}, so another version of LockGrains wrote it";
            return false;
        }

        if (parts.Length == 4
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var token)
            && token is > 0 and <= FencingToken.MaxValue
            && FindEditionProblem(parts[2]) is null)
        {
            record = new RunOnceRecord { Edition = parts[2], Outcome = parts[3], FencingToken = token };
            if (Encode(record).AsSpan().SequenceEqual(bytes.AsSpan()))
                return true;
        }

        (record, problem) = (null, "it is a damaged record of a run");
        return false;
    }

    private static string? ReadText(ImmutableArray<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes.AsSpan());
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static int CompareNumbers(ref ReadOnlySpan<char> one, ref ReadOnlySpan<char> other)
    {
        var first = TakeNumber(ref one);
        var second = TakeNumber(ref other);
        return first.Length != second.Length ? first.Length.CompareTo(second.Length) : first.SequenceCompareTo(second);
    }

    /// <summary>Takes the digits at the beginning, of any number, and gives them without leading zeros.</summary>
    private static ReadOnlySpan<char> TakeNumber(ref ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExceptInRange('0', '9');
        var digits = length < 0 ? text : text[..length];
        text = text[digits.Length..];
        return digits.TrimStart('0');
    }
}
