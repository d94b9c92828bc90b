using System.Security.Cryptography;

namespace LockGrains.AspNetCore.Access;

/// <summary>All access keys of one reading of the configuration. It never changes: a change of the configuration makes another one.</summary>
internal sealed class AccessTable
{
    private readonly AccessCredential[] _credentials;

    private AccessTable(AccessCredential[] credentials, int keyCount) => (_credentials, KeyCount) = (credentials, keyCount);

    /// <summary>How many keys are configured; that of the operator does not count.</summary>
    public int KeyCount { get; }

    /// <summary>The keys that are configured, and that of the operator.</summary>
    public IReadOnlyList<AccessCredential> Credentials => _credentials;

    /// <summary>Makes the table of options in which <see cref="AccessProblems"/> finds nothing.</summary>
    public static AccessTable Create(AccessOptions options)
    {
        var credentials = options.Keys.Select(Compile).ToList();
        if (options.OperatorSha256 is { } hash)
            credentials.Add(new AccessCredential(AccessCredential.Operator, Convert.FromHexString(hash), notAfter: null, [("", Enum.GetValues<AccessVerb>())]));
        return new AccessTable([.. credentials], options.Keys.Count);
    }

    /// <summary>
    /// The key with a hash, or null. It looks at every key, and at every byte of each: how long it takes says neither which key it is nor how
    /// much of a hash was right.
    /// </summary>
    public AccessCredential? Find(ReadOnlySpan<byte> sha256)
    {
        AccessCredential? found = null;
        foreach (var credential in _credentials)
        {
            if (CryptographicOperations.FixedTimeEquals(credential.Sha256, sha256))
                found = credential;
        }

        return found;
    }

    /// <summary>Whether another table has the same keys with the same rules.</summary>
    public bool HasSame(AccessTable other) => _credentials.Select(one => one.Text).SequenceEqual(other._credentials.Select(one => one.Text), StringComparer.Ordinal);

    private static AccessCredential Compile(AccessKey key) => new(
        key.Name,
        Convert.FromHexString(key.Sha256),
        key.NotAfter,
        key.Rules.Select(rule => (rule.Prefix!, rule.Allow.Where(verb => verb != AccessRule.None).Select(AccessProblems.ParseVerb))));
}
