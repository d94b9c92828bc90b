using LockGrains.AspNetCore.Access;

namespace LockGrains.Chaos;

/// <summary>The arguments of a silo that let a secret into its HTTP API.</summary>
internal static class AccessArguments
{
    private const string Key = "--LockGrains:Access:Keys:0:";

    /// <summary>The secret may take the locks that the load wants over HTTP, and no more.</summary>
    public static IReadOnlyList<string> ForLoad(string secret) => [.. Entry(secret), .. LoadKeys.HttpPrefixes.SelectMany((prefix, index) => Rule(index, prefix, "acquire"))];

    /// <summary>The secret may do everything.</summary>
    public static IReadOnlyList<string> ForEverything(string secret) => [.. Entry(secret), .. Rule(0, "", "acquire", "read", "revoke")];

    private static string[] Entry(string secret) => [$"{Key}Name", "chaos", $"{Key}Sha256", AccessSecret.Hash(secret)];

    private static IEnumerable<string> Rule(int index, string prefix, params IEnumerable<string> verbs) =>
        [$"{Key}Rules:{index}:Prefix", prefix, .. verbs.SelectMany((verb, place) => (string[])[$"{Key}Rules:{index}:Allow:{place}", verb])];
}
