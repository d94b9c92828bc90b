namespace LockGrains.Cli.Children;

/// <summary>What a command finds in its environment.</summary>
internal static class CommandVariables
{
    /// <summary>The key of its lock; empty when it runs under several.</summary>
    public const string Key = "LOCK_KEY";

    /// <summary>The fencing token of its hold; empty when it runs under several.</summary>
    public const string Token = "LOCK_FENCING_TOKEN";

    /// <summary>The keys of its locks as they were typed, each on a line.</summary>
    public const string Keys = "LOCK_KEYS";

    /// <summary>The fencing tokens of its holds, each on a line, in the order of <see cref="Keys"/>.</summary>
    public const string Tokens = "LOCK_FENCING_TOKENS";

    /// <summary>The keys of all locks that it runs under, the outermost first, each on a line.</summary>
    public const string Held = "LOCK_HELD";

    /// <summary>The variables that are known before the locks are had.</summary>
    /// <param name="keys">The keys, as they were typed.</param>
    /// <param name="outer">What <see cref="Held"/> was before; null for nothing.</param>
    public static IEnumerable<(string Name, string Value)> OfKeys(IReadOnlyList<string> keys, string? outer)
    {
        var lines = string.Join('\n', keys);
        return [(Key, keys.Count == 1 ? keys[0] : ""), (Keys, lines), (Held, string.IsNullOrEmpty(outer) ? lines : $"{outer}\n{lines}")];
    }

    /// <summary>The variables that are known once the locks are had.</summary>
    /// <param name="tokens">The fencing tokens, as text.</param>
    public static IEnumerable<(string Name, string Value)> OfTokens(IReadOnlyList<string> tokens) =>
        [(Token, tokens.Count == 1 ? tokens[0] : ""), (Tokens, string.Join('\n', tokens))];
}
