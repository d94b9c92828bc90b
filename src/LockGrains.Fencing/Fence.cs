using System.Globalization;
using System.Text;

namespace LockGrains.Fencing;

/// <summary>
/// What a hold shows to the resource that its lock protects: the key, the fencing token, and whether the holder writes or only reads. A
/// writer's fence advances what the resource has seen; a reader's is only compared, so that two readers at a time never refuse each other.
/// </summary>
/// <example><code>
/// var fence = Fence.ForWriter(handle.Key, handle.FencingToken);
/// </code></example>
public sealed record Fence
{
    /// <summary>The longest key, in UTF-8 bytes: 512, as of a lock.</summary>
    public const int KeyBytesMax = 512;

    /// <summary>The largest token: the largest integer that a JSON number carries exactly.</summary>
    public const long TokenMax = (1L << 53) - 1;

    private Fence(string key, long token, int? number, bool advances)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (FindKeyProblem(key) is { } problem)
            throw new ArgumentException(problem, nameof(key));
        if (token is < 1 or > TokenMax)
            throw new ArgumentOutOfRangeException(nameof(token), token, $"A fencing token is from 1 to {TokenMax}.");
        if (number < 0)
            throw new ArgumentOutOfRangeException(nameof(number), number, $"The number of a permit is from 0 to {int.MaxValue}, or null.");
        (Key, Token, Number, Advances) = (key, token, number, advances);
    }

    /// <summary>The lock's key.</summary>
    public string Key { get; }

    /// <summary>The fencing token of the hold.</summary>
    public long Token { get; }

    /// <summary>
    /// The number of the permit that is held, where holders share a key by numbered permits. Null where one holds the whole key.
    /// </summary>
    /// <remarks>Each number is fenced by itself, and so is null: a fence is compared only with those of the same key and number.</remarks>
    public int? Number { get; }

    /// <summary>Whether the holder writes: the resource then refuses smaller tokens from now on. If not, the fence is only compared.</summary>
    public bool Advances { get; }

    /// <summary>Makes the fence of a holder that may change the resource.</summary>
    /// <param name="key">The lock's key: 1 to 512 bytes of well-formed text, without control characters, and not white space alone.</param>
    /// <param name="token">The fencing token of the hold, from 1 to <see cref="TokenMax"/>.</param>
    /// <param name="number">The number of the permit, from 0; null where the whole key is held.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="ArgumentException">No lock has this key; the message says why.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No lock gives this token, or no permit has this number.</exception>
    public static Fence ForWriter(string key, long token, int? number = null) => new(key, token, number, advances: true);

    /// <summary>Makes the fence of a holder that only reads the resource, beside other readers.</summary>
    /// <remarks>
    /// It protects what one transaction reads. It stores nothing, so an earlier writer whose hold is over may still write between two of them. Where
    /// one holds a lock alone, and two of its transactions must agree, use <see cref="ForWriter"/> to read as well.
    /// </remarks>
    /// <param name="key">The lock's key: 1 to 512 bytes of well-formed text, without control characters, and not white space alone.</param>
    /// <param name="token">The fencing token of the hold, from 1 to <see cref="TokenMax"/>.</param>
    /// <param name="number">The number of the permit, from 0; null where the whole key is held.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="ArgumentException">No lock has this key; the message says why.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No lock gives this token, or no permit has this number.</exception>
    public static Fence ForReader(string key, long token, int? number = null) => new(key, token, number, advances: false);

    /// <summary>For people: <c>token 7 of the lock 'orders/42'</c>.</summary>
    public override string ToString() => Number is { } number
        ? string.Create(CultureInfo.InvariantCulture, $"token {Token} of permit {number} of the lock '{Key}'")
        : string.Create(CultureInfo.InvariantCulture, $"token {Token} of the lock '{Key}'");

    // The rule of lock keys once more, since this assembly references no other. It also makes sure that no database takes two keys for one:
    // ill-formed text would become the same replacement character, and some end a text at U+0000.
    private static string? FindKeyProblem(string key)
    {
        if (string.IsNullOrWhiteSpace(key))
            return $"The key of a lock has 1 to {KeyBytesMax} bytes and not white space alone; this one is empty, or white space.";
        var bytes = 0;
        for (var index = 0; index < key.Length;)
        {
            if (!Rune.TryGetRuneAt(key, index, out var rune))
                return $"The key of a lock is well-formed text; this one has a lone surrogate at index {index}.";
            if (Rune.IsControl(rune))
                return $"The key of a lock has no control characters; this one has U+{rune.Value:X4} at index {index}.";
            index += rune.Utf16SequenceLength;
            bytes += rune.Utf8SequenceLength;
        }

        return bytes > KeyBytesMax ? $"The key of a lock has 1 to {KeyBytesMax} bytes in UTF-8; this one has {bytes}." : null;
    }
}
