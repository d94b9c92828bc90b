using System.Text.Json;

namespace LockGrains.AspNetCore.Access;

/// <summary>An access key, ready to be asked.</summary>
internal sealed class AccessCredential
{
    public const string Operator = "operator";
    public const string Anonymous = "anonymous";

    private readonly (string Prefix, int Verbs)[] _rules;

    private int _expiryTold;

    public AccessCredential(string name, byte[] sha256, DateTimeOffset? notAfter, IEnumerable<(string Prefix, IEnumerable<AccessVerb> Verbs)> rules)
    {
        Name = name;
        Sha256 = sha256;
        NotAfter = notAfter;
        _rules = [.. rules.Select(rule => (rule.Prefix, rule.Verbs.Aggregate(0, (all, verb) => all | BitOf(verb)))).OrderByDescending(rule => rule.Prefix.Length)];
    }

    public string Name { get; }

    public byte[] Sha256 { get; }

    public DateTimeOffset? NotAfter { get; }

    /// <summary>Whether the name of who asks is that of an access key. A host without access names nobody.</summary>
    public static bool IsKey(string who) => who is not ("" or Anonymous);

    /// <summary>All that it is, to compare. It has no secret.</summary>
    public string Text => JsonSerializer.Serialize(new object?[] { Name, Convert.ToHexString(Sha256), NotAfter, _rules.Select(rule => new object[] { rule.Prefix, rule.Verbs }) });

    /// <summary>Whether it allows something. The longest prefix that matches decides by itself; where none does, nothing is allowed.</summary>
    public bool Allows(AccessVerb verb, string key)
    {
        foreach (var (prefix, verbs) in _rules)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
                return (verbs & BitOf(verb)) != 0;
        }

        return false;
    }

    /// <summary>Whether it allows something with any lock at all.</summary>
    public bool AllowsAnywhere(AccessVerb verb) => _rules.Any(rule => (rule.Verbs & BitOf(verb)) != 0);

    /// <summary>True for the first who asks: an expired key is told once, however often it is used.</summary>
    public bool TakeExpiryToTell() => Interlocked.Exchange(ref _expiryTold, 1) == 0;

    private static int BitOf(AccessVerb verb) => 1 << (int)verb;
}
