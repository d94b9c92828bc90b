using System.Collections.Immutable;
using System.Text;

namespace LockGrains;

/// <summary>
/// What the exclusive holder of a lock writes beside it, for all to read: the address of a leader, how far a job has come. It is as safe as the
/// lock: nobody but the holder can have written it.
/// </summary>
public sealed record LockValue
{
    /// <summary>Its bytes. None clears the value. At most 1,024, unless the silo is configured otherwise.</summary>
    public ImmutableArray<byte> Bytes { get; init; } = [];

    /// <summary>
    /// How long it is kept, its hold over or not: more than 0, at most 400 days. Null (the default) for as long as the hold that sets it. In a
    /// reply, how long it will be kept.
    /// </summary>
    public TimeSpan? KeepFor { get; init; }

    /// <summary>Its bytes as UTF-8 text.</summary>
    public string Text => Bytes.IsDefaultOrEmpty ? "" : Encoding.UTF8.GetString(Bytes.AsSpan());

    /// <summary>A value that is text, in UTF-8.</summary>
    /// <param name="text">The text.</param>
    /// <param name="keepFor">See <see cref="KeepFor"/>.</param>
    public static LockValue OfText(string text, TimeSpan? keepFor = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new LockValue { Bytes = [.. Encoding.UTF8.GetBytes(text)], KeepFor = keepFor };
    }

    /// <summary>Whether another value has the same bytes, and is kept for as long.</summary>
    /// <param name="other">The other value.</param>
    public bool Equals(LockValue? other) => other is not null && KeepFor == other.KeepFor && Bytes.AsSpan().SequenceEqual(other.Bytes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(KeepFor, Bytes.IsDefault ? 0 : Bytes.Length);
}

/// <summary>A request to set the value of a lock, or to clear it.</summary>
public sealed record SetValueRequest
{
    /// <summary>The <c>LeaseId</c> that holds the lock exclusively.</summary>
    public required Guid LeaseId { get; init; }

    /// <summary>The value; one without bytes clears it.</summary>
    public required LockValue Value { get; init; }

    /// <summary>The version that it replaces, 0 or more. With another one nothing is set, so a copy that comes late changes nothing.</summary>
    public required long IfVersion { get; init; }
}

/// <summary>The value of a lock, as it was set or read.</summary>
public sealed record ValueReply
{
    /// <summary>What came of it.</summary>
    public ValueStatus Status { get; init; }

    /// <summary>The value; null for none.</summary>
    public LockValue? Value { get; init; }

    /// <summary>The value's version: it grows with each change. A key that was forgotten begins at 0 again.</summary>
    public long Version { get; init; }

    /// <summary>Not held: why the hold is over, where that is still known.</summary>
    public EndReason End { get; init; }

    /// <summary>Refused or unknown: what was wrong, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>The outcome of setting or reading a value.</summary>
public enum ValueStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>It is as the reply says: as read, or as set, and in storage.</summary>
    Current = 1,

    /// <summary>Not set: it has another version than was expected. The reply says which.</summary>
    Conflict = 2,

    /// <summary>Not set: this <c>LeaseId</c> does not hold the lock.</summary>
    NotHeld = 3,

    /// <summary>Not set: the request breaks a rule.</summary>
    Refused = 4,

    /// <summary>Nobody can say. Repeat it unchanged.</summary>
    Unknown = 5,
}

/// <summary>What came of setting a lock's limit.</summary>
public sealed record LimitReply
{
    /// <summary>What came of it.</summary>
    public LimitStatus Status { get; init; }

    /// <summary>The limit; null for none.</summary>
    public int? Limit { get; init; }

    /// <summary>The limit's version: it grows with each change.</summary>
    public long Version { get; init; }

    /// <summary>Refused or unknown: what was wrong, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>The outcome of setting a limit.</summary>
public enum LimitStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>It is as the reply says, and in storage.</summary>
    Current = 1,

    /// <summary>Not set: it has another version than was expected, or is another than was expected. The reply says which.</summary>
    Conflict = 2,

    /// <summary>Not set: the request breaks a rule.</summary>
    Refused = 3,

    /// <summary>Nobody can say. Repeat it unchanged.</summary>
    Unknown = 4,
}
