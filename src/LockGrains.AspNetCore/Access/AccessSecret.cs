using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LockGrains.AspNetCore.Access;

/// <summary>The secret of an access key: <c>lg_</c> and 256 random bits in base64url. The prefix lets scanners find secrets that were left in a repository.</summary>
public static class AccessSecret
{
    private const string Mark = "lg_";
    private const int RandomBytes = 32;

    private static readonly int Length = Mark.Length + Base64Url.GetEncodedLength(RandomBytes);
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Makes a new one. It is in no log and no error of LockGrains: show it to its owner, and keep its hash.</summary>
    public static string Create() => Mark + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>The SHA-256 of a secret, in lower-case hexadecimal digits: what <see cref="AccessKey.Sha256"/> has, and <c>sha256sum</c> prints.</summary>
    /// <param name="secret">The secret.</param>
    /// <exception cref="ArgumentNullException"><paramref name="secret"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="secret"/> does not have the form that <see cref="Create"/> gives it. The message does not repeat it.</exception>
    public static string Hash(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return TryHash(secret, hash)
            ? Convert.ToHexStringLower(hash)
            : throw new ArgumentException($"The secret of an access key must be {Mark} and {Length - Mark.Length} characters of base64url.", nameof(secret));
    }

    /// <summary>Hashes a secret. What somebody has made up, with fewer random bits, has no hash here: unsalted, it could be guessed.</summary>
    /// <param name="secret">The secret; false if it does not have the form of one.</param>
    /// <param name="hash">32 bytes.</param>
    internal static bool TryHash(ReadOnlySpan<char> secret, Span<byte> hash)
    {
        if (secret.Length != Length || !secret.StartsWith(Mark, StringComparison.Ordinal) || secret.ContainsAnyExcept(Alphabet))
            return false;
        Span<byte> bytes = stackalloc byte[secret.Length];
        Encoding.ASCII.GetBytes(secret, bytes);
        SHA256.HashData(bytes, hash);
        CryptographicOperations.ZeroMemory(bytes);
        return true;
    }

    /// <summary>A text for a message, without what may be a secret in it.</summary>
    internal static string Hide(string text) => text.Contains(Mark, StringComparison.OrdinalIgnoreCase) ? $"{Mark}..." : text;
}
