using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LockGrains.Chaos;

/// <summary>Access keys of the HTTP API, as <c>lockgrains key new</c> makes them.</summary>
internal static class AccessKeys
{
    private const string First = "--LockGrains:Access:Keys:0";

    public static string Make() => $"lg_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)));

    /// <summary>The arguments of a silo that lets a key do everything.</summary>
    public static string[] ToArguments(string sha256) =>
    [
        $"{First}:Name", "chaos", $"{First}:Sha256", sha256, $"{First}:Rules:0:Prefix", "",
        $"{First}:Rules:0:Allow:0", "acquire", $"{First}:Rules:0:Allow:1", "read", $"{First}:Rules:0:Allow:2", "revoke",
    ];
}
