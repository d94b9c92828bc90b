using System.Text;

namespace LockGrains;

/// <summary>The rule for lock keys: which strings may name a lock. Checked by the client before it calls, and by the grain again.</summary>
public static class LockKey
{
    /// <summary>The longest key, in UTF-8 bytes: 512.</summary>
    public const int MaxBytes = 512;

    /// <summary>
    /// Checks a key: 1 to 512 bytes of well-formed text, without control characters. Case matters; <c>/</c>, spaces and emoji are fine.
    /// </summary>
    /// <param name="key">The key to check.</param>
    /// <param name="paramName">The parameter to name in the exception.</param>
    /// <returns>The key, unchanged.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="ArgumentException">The key is empty, too long, ill-formed or has a control character; the message says which.</exception>
    public static string Validate(string? key, string paramName = "key")
    {
        ArgumentNullException.ThrowIfNull(key, paramName);
        return FindProblem(key) is { } problem ? throw new ArgumentException(problem, paramName) : key;
    }

    /// <summary>Says what is wrong with a key, or null when nothing is.</summary>
    /// <param name="key">The key to look at.</param>
    public static string? FindProblem(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length == 0)
        {
            return $"A lock key must have 1 to {MaxBytes} bytes; this one is empty.";
        }

        var index = 0;
        var bytes = 0;
        while (index < key.Length)
        {
            if (!Rune.TryGetRuneAt(key, index, out var rune))
            {
                return $"A lock key must be well-formed text; this one has a lone surrogate at index {index}.";
            }

            if (Rune.IsControl(rune))
            {
                return $"A lock key must have no control characters; this one has U+{rune.Value:X4} at index {index}.";
            }

            index += rune.Utf16SequenceLength;
            bytes += rune.Utf8SequenceLength;
        }

        return bytes > MaxBytes ? $"A lock key must have 1 to {MaxBytes} bytes in UTF-8; this one has {bytes}." : null;
    }
}
