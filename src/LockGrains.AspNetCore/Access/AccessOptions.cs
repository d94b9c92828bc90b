namespace LockGrains.AspNetCore.Access;

/// <summary>
/// Who may use the HTTP API: section <c>LockGrains:Access</c> of the configuration, which is read again whenever it changes. Without keys and
/// without <see cref="Anonymous"/> nobody may. A change that is wrong leaves everything as it was, and the log says so.
/// <para>The model is that of Consul's ACL rules, without its users and roles: keys, prefixes and verbs; the longest prefix counts.</para>
/// </summary>
public sealed class AccessOptions
{
    /// <summary>The section of the configuration that is read: <c>LockGrains:Access</c>.</summary>
    public const string Section = "LockGrains:Access";

    /// <summary>The most access keys: 1,000. Each call is compared with all of them.</summary>
    public const int KeysMax = 1000;

    /// <summary>
    /// What may be done without an access key: <c>none</c> or <c>local</c> in the configuration. A change while the program runs can close it, and
    /// never open it. Default None.
    /// </summary>
    /// <remarks>The ready-made silo has a rule of its own where nothing is said (docs/ACCESS.md).</remarks>
    public AnonymousAccess Anonymous { get; set; }

    /// <summary>The access keys. Default none; at most <see cref="KeysMax"/>.</summary>
    public IList<AccessKey> Keys { get; } = [];

    /// <summary>The hash of a key that may do everything and that the host keeps in a file of its own; null for none.</summary>
    internal string? OperatorSha256 { get; set; }

    /// <summary>Whether the configuration has the member <c>Keys</c>, be it empty.</summary>
    internal bool SaysKeys { get; set; }

    /// <summary>Whether the configuration has the member <c>Anonymous</c>.</summary>
    internal bool SaysAnonymous { get; set; }

    /// <summary>What of the configuration could not be read, one line each.</summary>
    internal IList<string> Unreadable { get; } = [];
}
