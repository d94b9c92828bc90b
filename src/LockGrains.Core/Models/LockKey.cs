using System.Globalization;
using System.Text;

namespace LockGrains;

/// <summary>The rule for lock keys: which strings may name a lock. Checked by the client before it calls, and by the grain again.</summary>
/// <remarks>Any other text becomes a key by <see cref="FromName"/>.</remarks>
public static class LockKey
{
    /// <summary>The longest key, in UTF-8 bytes: 512.</summary>
    public const int MaxBytes = 512;

    /// <summary>
    /// Checks a key: 1 to 512 bytes of well-formed text, without control characters, and not white space alone. Case matters; <c>/</c>,
    /// spaces and emoji are fine.
    /// </summary>
    /// <param name="key">The key to check.</param>
    /// <param name="paramName">The parameter to name in the exception.</param>
    /// <returns>The key, unchanged.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The key is empty, white space alone, too long, ill-formed or has a control character; the message says which.
    /// </exception>
    public static string Validate(string? key, string paramName = "key")
    {
        ArgumentNullException.ThrowIfNull(key, paramName);
        return FindProblem(key) is { } problem ? throw new ArgumentException(problem, paramName) : key;
    }

    /// <summary>
    /// Makes a key of any text: empty, white space, control characters, ill-formed, or of any length. Two names never have one key, and a
    /// name has the same key in every process and every version.
    /// <para>
    /// A valid key is its own, so <c>FromName("orders/42")</c> is <c>"orders/42"</c>. Everything else becomes <c>name~</c>, the SHA-256 of
    /// its UTF-8 in base64url, <c>~</c>, and its first 128 bytes at most, for people. That includes the keys that begin with <c>name~</c>
    /// themselves, or two names could meet in one key. So use it once: the key of a key need not be that key.
    /// </para>
    /// </summary>
    /// <example><code>
    /// LockKey.FromName("orders/42")   // orders/42
    /// LockKey.FromName("")            // name~47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU~
    /// await using var handle = await locks.AcquireAsync(LockKey.FromName(url));
    /// </code></example>
    /// <param name="name">The text.</param>
    /// <returns>A key that <see cref="Validate"/> accepts.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    public static string FromName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return EncodedName.LooksLikeOne(name) || FindProblem(name) is not null ? EncodedName.Make(name) : name;
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
        var isBlank = true;
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

            // The white space that Orleans knows; it takes no grain key that has nothing else.
            isBlank &= Rune.IsWhiteSpace(rune);
            index += rune.Utf16SequenceLength;
            bytes += rune.Utf8SequenceLength;
        }

        if (isBlank)
            return string.Create(CultureInfo.InvariantCulture, $"A lock key must not be white space alone; this one is, from U+{(int)key[0]:X4} on.");

        return bytes > MaxBytes ? $"A lock key must have 1 to {MaxBytes} bytes in UTF-8; this one has {bytes}." : null;
    }
}
