namespace LockGrains.AspNetCore.Access;

/// <summary>
/// What an access key may do with the locks whose keys begin with a prefix. Of the rules whose prefixes match, the one with the longest prefix
/// decides by itself.
/// </summary>
public sealed class AccessRule
{
    /// <summary>The verb that allows nothing: <c>none</c>. It takes locks out of a rule with a shorter prefix, and stands alone.</summary>
    public const string None = "none";

    /// <summary>
    /// The beginning of the keys, letter for letter and byte for byte: <c>billing/</c> for everything below it, <c>billing</c> for <c>billing-archive</c>
    /// as well, and the empty text for every lock. Required, be it empty; at most 512 bytes in UTF-8.
    /// </summary>
    public string? Prefix { get; set; }

    /// <summary>
    /// What is allowed: <c>acquire</c> (take, wait, renew, change, release, set the value), <c>read</c> (see holder, queue and value), <c>revoke</c> (take a
    /// lock from its holders, set its limit), or <see cref="None"/> by itself. None includes another. Required.
    /// </summary>
    public IList<string> Allow { get; } = [];
}
