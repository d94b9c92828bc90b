using System.Globalization;

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

    /// <summary>How many permits it has of each lock. There only where permits were asked for.</summary>
    public const string Permits = "LOCK_PERMITS";

    /// <summary>
    /// The numbers of its permits, with commas between them, those of each lock on a line, in the order of <see cref="Keys"/>. There only where
    /// permits have numbers: the limit, its own or the key's, is at most 4,096.
    /// </summary>
    public const string PermitNumbers = "LOCK_PERMIT_NUMBERS";

    /// <summary>The keys of all locks that it runs under, the outermost first, each on a line.</summary>
    public const string Held = "LOCK_HELD";

    /// <summary>The variables that are known before the locks are had; null for one that must not be there.</summary>
    /// <param name="keys">The keys, as they were typed.</param>
    /// <param name="permits">How many permits are asked for; null for none.</param>
    /// <param name="outer">What <see cref="Held"/> was before; null for nothing.</param>
    public static IEnumerable<(string Name, string? Value)> OfKeys(IReadOnlyList<string> keys, int? permits, string? outer)
    {
        var lines = string.Join('\n', keys);
        return
        [
            (Key, keys.Count == 1 ? keys[0] : ""),
            (Keys, lines),
            (Held, string.IsNullOrEmpty(outer) ? lines : $"{outer}\n{lines}"),

            // An outer command may have permits. They are not this one's.
            (Permits, permits?.ToString(CultureInfo.InvariantCulture)),
            (PermitNumbers, null),
        ];
    }

    /// <summary>The variables that are known once the locks are had.</summary>
    /// <param name="locks">The locks, in the order of their keys.</param>
    public static IEnumerable<(string Name, string? Value)> OfLocks(IReadOnlyList<HeldLock> locks)
    {
        yield return (Token, locks.Count == 1 ? locks[0].Token : "");
        yield return (Tokens, string.Join('\n', locks.Select(static held => held.Token)));
        if (locks.Any(static held => held.PermitNumbers is not null))
            yield return (PermitNumbers, string.Join('\n', locks.Select(static held => held.PermitNumbers)));
    }
}
