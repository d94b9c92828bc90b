using System.Buffers;
using System.Text;

namespace LockGrains.AspNetCore.Access;

/// <summary>What access keys must be. What is wrong is refused as a whole: half of a configuration could allow more than all of it.</summary>
internal static class AccessProblems
{
    private const int RulesMax = 1000;
    private const int HashDigits = 64;

    // The old and the new one, while the secret is exchanged. A third is one that somebody forgot.
    private const int SameNameMax = 2;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly string[] Verbs = [.. Enum.GetNames<AccessVerb>().Select(verb => verb.ToLowerInvariant())];

    /// <summary>What may be allowed, for people.</summary>
    public static string VerbsText { get; } = $"{string.Join(", ", Verbs)}, or {AccessRule.None} by itself";

    /// <summary>Every problem, one line each: the parameter, its value and what it may be. No secret is repeated.</summary>
    public static IReadOnlyList<string> Find(AccessOptions options)
    {
        var keys = options.Keys.Select((key, index) => (Key: key, Path: key?.Path ?? $"{AccessOptions.Section}:{nameof(options.Keys)}:{index}")).ToList();
        IEnumerable<string?> found =
        [
            .. options.Unreadable,
            Enum.IsDefined(options.Anonymous)
                ? null
                : $"{AccessOptions.Section}:{nameof(options.Anonymous)} is {(int)options.Anonymous}; it must be None, LocalWithoutKeys or Local.",
            keys.Count > AccessOptions.KeysMax
                ? $"{AccessOptions.Section}:{nameof(options.Keys)} has {keys.Count} entries; it must have 0 to {AccessOptions.KeysMax}."
                : null,
            .. keys.SelectMany(one => one.Key is null ? [$"{one.Path} is null; it must be an access key."] : FindOfKey(one.Key, one.Path)),
            .. FindShared([.. keys.Where(one => one.Key is not null).Select(one => (one.Key!, one.Path))], options.OperatorSha256),
        ];
        return [.. found.OfType<string>()];
    }

    public static AccessVerb ParseVerb(string text) => (AccessVerb)Array.IndexOf(Verbs, text);

    /// <summary>A value in a message, without what may be a secret.</summary>
    public static string Quote(string? value) => value is null ? "missing" : $"'{AccessSecret.Hide(value)}'";

    private static IEnumerable<string> FindOfKey(AccessKey key, string path)
    {
        if (FindNameProblem(key.Name) is { } wrongName)
            yield return $"{path}:{nameof(key.Name)} is {Quote(key.Name)}; it must be {wrongName}.";
        if (FindHashProblem(key.Sha256) is { } wrongHash)
            yield return $"{path}:{nameof(key.Sha256)} {wrongHash}; it must be {HashDigits} hexadecimal digits, as lockgrains key new prints them.";
        if (key.Rules.Count is 0 or > RulesMax)
            yield return $"{path}:{nameof(key.Rules)} has {key.Rules.Count} entries; it must have 1 to {RulesMax}.";
        foreach (var (rule, index) in key.Rules.Select((rule, index) => (rule, index)))
        {
            foreach (var problem in FindOfRule(rule, $"{path}:{nameof(key.Rules)}:{index}"))
                yield return problem;
        }

        foreach (var prefix in Repeated(key.Rules.Select(rule => rule?.Prefix)))
            yield return $"{path}:{nameof(key.Rules)} has the prefix {Quote(prefix)} more than once; it must be in one rule, with all that it allows.";
    }

    private static IEnumerable<string> FindOfRule(AccessRule? rule, string path)
    {
        if (rule is null)
        {
            yield return $"{path} is null; it must be a rule.";
            yield break;
        }

        if (FindPrefixProblem(rule.Prefix) is { } wrongPrefix)
            yield return $"{path}:{nameof(rule.Prefix)} is {Quote(rule.Prefix)}; it must be {wrongPrefix}.";
        if (rule.Allow.Count == 0)
            yield return $"{path}:{nameof(rule.Allow)} is empty; it must have one or more of {VerbsText}.";
        foreach (var (verb, index) in rule.Allow.Select((verb, index) => (verb, index)))
        {
            if (verb != AccessRule.None && !Verbs.Contains(verb, StringComparer.Ordinal))
                yield return $"{path}:{nameof(rule.Allow)}:{index} is {Quote(verb)}; it must be one of {VerbsText}.";
        }

        if (rule.Allow.Count > 1 && rule.Allow.Contains(AccessRule.None))
            yield return $"{path}:{nameof(rule.Allow)} has {AccessRule.None} beside others; it must stand alone.";
    }

    private static IEnumerable<string> FindShared((AccessKey Key, string Path)[] keys, string? operatorSha256)
    {
        var hashes = keys.Where(one => FindHashProblem(one.Key.Sha256) is null).GroupBy(one => one.Key.Sha256, StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var same in hashes.Where(same => same.Count() > 1))
            yield return $"{string.Join(" and ", same.Select(one => one.Path))} have the same {nameof(AccessKey.Sha256)}; each key must have a secret of its own.";
        foreach (var same in hashes.Where(same => same.Key.Equals(operatorSha256, StringComparison.OrdinalIgnoreCase)))
            yield return $"{same.First().Path}:{nameof(AccessKey.Sha256)} is that of the operator's key, which may do everything; it must be another.";
        foreach (var same in keys.GroupBy(one => one.Key.Name, StringComparer.Ordinal).Where(same => same.Count() > SameNameMax && FindNameProblem(same.Key) is null))
        {
            yield return $"{AccessOptions.Section}:{nameof(AccessOptions.Keys)} has {same.Count()} keys of the name {Quote(same.Key)}; "
                + $"there must be 1 or {SameNameMax}, the old and the new one.";
        }
    }

    private static string? FindNameProblem(string? name)
    {
        var isName = name is { Length: > 0 and <= AccessKey.NameLengthMax } && !name.AsSpan().ContainsAnyExcept(NameCharacters);
        return isName && !IsReserved(name!)
            ? null
            : $"1 to {AccessKey.NameLengthMax} letters, digits, '.', '_' and '-', and neither {AccessCredential.Operator} nor {AccessCredential.Anonymous}";
    }

    private static bool IsReserved(string name) =>
        name.Equals(AccessCredential.Operator, StringComparison.OrdinalIgnoreCase) || name.Equals(AccessCredential.Anonymous, StringComparison.OrdinalIgnoreCase);

    // It is not repeated: where the hash belongs, some put the secret.
    private static string? FindHashProblem(string? hash)
    {
        if (string.IsNullOrEmpty(hash))
            return "is missing";
        if (hash.Length == HashDigits && hash.All(char.IsAsciiHexDigit))
            return null;
        return hash.StartsWith("lg_", StringComparison.OrdinalIgnoreCase)
            ? "is a secret, and not its hash: make a new key, since this one is in a file now"
            : $"has {hash.Length} characters and is no SHA-256";
    }

    private static string? FindPrefixProblem(string? prefix)
    {
        const string Range = "the beginning of keys: 0 to 512 bytes of well-formed text without control characters; empty for every lock";
        if (prefix is null)
            return Range;

        // One more letter, so that white space alone may begin keys.
        return prefix.Length == 0 || Encoding.UTF8.GetByteCount(prefix) <= LockKey.MaxBytes && LockKey.FindProblem(Shorten(prefix)) is null ? null : Range;
    }

    private static string Shorten(string prefix) => Encoding.UTF8.GetByteCount(prefix) < LockKey.MaxBytes ? $"{prefix}x" : prefix;

    private static IEnumerable<string> Repeated(IEnumerable<string?> texts) =>
        texts.OfType<string>().GroupBy(text => text, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => same.Key);
}
