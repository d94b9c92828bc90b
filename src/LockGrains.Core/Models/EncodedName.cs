using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LockGrains;

/// <summary>
/// The keys of names that are no keys: a prefix, a hash, and the name's beginning for people.
/// <para>
/// No two names have one key. Two that are encoded differ in their hashes. One that is encoded and one that is left as it is differ
/// in the prefix, because what begins with the prefix is always encoded. Golden examples hold the form still: a key outlives the
/// process, the version and the machine that made it.
/// </para>
/// </summary>
internal static class EncodedName
{
    private const string Prefix = "name~";
    private const int HeadBytesMax = 128;

    public static bool LooksLikeOne(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    public static string Make(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(name, hash);
        return $"{Prefix}{Base64Url.EncodeToString(hash)}~{GetHead(name)}";
    }

    /// <summary>
    /// The SHA-256 of the name's UTF-8, so that any language and a shell can make the same key. A lone surrogate, which UTF-8 does not
    /// have, counts as the three bytes that it would be: well-formed text never has these, so no two names have the same bytes.
    /// </summary>
    private static void Hash(ReadOnlySpan<char> name, Span<byte> hash)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> buffer = stackalloc byte[1024];
        var length = 0;
        while (!name.IsEmpty)
        {
            if (buffer.Length - length < 4)
            {
                sha.AppendData(buffer[..length]);
                length = 0;
            }

            var rest = buffer[length..];
            var isText = Rune.DecodeFromUtf16(name, out var rune, out var taken) == OperationStatus.Done;
            length += isText ? rune.EncodeToUtf8(rest) : EncodeSurrogate(name[0], rest);
            name = name[taken..];
        }

        sha.AppendData(buffer[..length]);
        sha.GetHashAndReset(hash);
    }

    private static int EncodeSurrogate(char surrogate, Span<byte> bytes)
    {
        bytes[0] = (byte)(0xE0 | (surrogate >> 12));
        bytes[1] = (byte)(0x80 | ((surrogate >> 6) & 0x3F));
        bytes[2] = (byte)(0x80 | (surrogate & 0x3F));
        return 3;
    }

    private static string GetHead(string name)
    {
        var head = new StringBuilder();
        var bytes = 0;
        // A lone surrogate reads as the replacement character here; a control character becomes one, too.
        foreach (var rune in name.EnumerateRunes())
        {
            var shown = Rune.IsControl(rune) ? Rune.ReplacementChar : rune;
            bytes += shown.Utf8SequenceLength;
            if (bytes > HeadBytesMax)
                break;

            head.Append(shown.ToString());
        }

        return head.ToString();
    }
}
