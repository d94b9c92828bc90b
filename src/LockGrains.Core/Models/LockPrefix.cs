using System.Globalization;
using System.Text;

namespace LockGrains;

/// <summary>The rule for prefixes of lock keys: which text a list of locks may be asked by.</summary>
public static class LockPrefix
{
    /// <summary>
    /// Checks a prefix: at most <see cref="LockKey.MaxBytes"/> bytes of well-formed text without control characters. Empty is the beginning of every
    /// key, and white space may be that of one.
    /// </summary>
    /// <param name="prefix">The prefix to check.</param>
    /// <param name="paramName">The parameter to name in the exception.</param>
    /// <returns>The prefix, unchanged.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="prefix"/> is null.</exception>
    /// <exception cref="ArgumentException">The prefix is too long, ill-formed or has a control character; the message says which.</exception>
    public static string Validate(string? prefix, string paramName = "prefix")
    {
        ArgumentNullException.ThrowIfNull(prefix, paramName);
        return FindProblem(prefix) is { } problem ? throw new ArgumentException(problem, paramName) : prefix;
    }

    /// <summary>Says what is wrong with a prefix, or null when nothing is.</summary>
    /// <param name="prefix">The prefix to look at.</param>
    public static string? FindProblem(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var index = 0;
        var bytes = 0;
        while (index < prefix.Length)
        {
            if (!Rune.TryGetRuneAt(prefix, index, out var rune))
                return string.Create(CultureInfo.InvariantCulture, $"A prefix of lock keys must be well-formed text; this one has a lone surrogate at index {index}.");
            if (Rune.IsControl(rune))
                return string.Create(CultureInfo.InvariantCulture, $"A prefix of lock keys must have no control characters; this one has U+{rune.Value:X4} at index {index}.");
            index += rune.Utf16SequenceLength;
            bytes += rune.Utf8SequenceLength;
        }

        return bytes > LockKey.MaxBytes
            ? string.Create(CultureInfo.InvariantCulture, $"A prefix of lock keys must have at most {LockKey.MaxBytes} bytes in UTF-8; this one has {bytes}.")
            : null;
    }
}
