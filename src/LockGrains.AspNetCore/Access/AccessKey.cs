namespace LockGrains.AspNetCore.Access;

/// <summary>An access key: not its secret, which only its owner has, but what is known of it and what it may do.</summary>
public sealed class AccessKey
{
    /// <summary>The longest name, in characters: 64.</summary>
    public const int NameLengthMax = 64;

    /// <summary>
    /// Who it stands for, in logs. Two keys may have one name: the old and the new one, while the secret is exchanged. Required: 1 to 64 letters and
    /// digits of ASCII, <c>.</c>, <c>_</c> and <c>-</c>; neither <c>operator</c> nor <c>anonymous</c>.
    /// </summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// The SHA-256 of the secret, in 64 hexadecimal digits (<see cref="AccessSecret.Hash"/>, <c>lockgrains key new</c>). The secret has 256 random bits,
    /// so that its hash needs no salt and tells nothing. Required; no two keys have the same.
    /// </summary>
    public string Sha256 { get; set; } = "";

    /// <summary>The first moment at which it is not accepted any more. In the configuration: with its zone, as in 2027-01-31T00:00:00Z. Default never.</summary>
    public DateTimeOffset? NotAfter { get; set; }

    /// <summary>What it may do with which locks. Nothing that no rule covers. Required: 1 to 1,000 rules of different prefixes.</summary>
    public IList<AccessRule> Rules { get; } = [];

    /// <summary>Where it is in the configuration, for messages.</summary>
    internal string? Path { get; set; }
}
