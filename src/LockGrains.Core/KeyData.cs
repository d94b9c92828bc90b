using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>What a key has beside its holds: a limit that an operator has set, and a value. Most keys have neither.</summary>
public sealed record KeyData
{
    /// <summary>Neither, and there never was.</summary>
    public static KeyData None { get; } = new();

    /// <summary>The most permits that may be taken together, whatever a request says; 0 for no limit.</summary>
    public int Limit { get; init; }

    /// <summary>How often the limit was set.</summary>
    public long LimitVersion { get; init; }

    /// <summary>The value; null for none.</summary>
    public KeyValue? Value { get; init; }

    /// <summary>How often the value was set or cleared.</summary>
    public long ValueVersion { get; init; }

    /// <summary>The value at an instant: one that was kept for a time is gone after it.</summary>
    /// <param name="unixMilliseconds">The wall clock.</param>
    public KeyValue? ValueAt(long unixMilliseconds) => Value is { } value && unixMilliseconds < value.KeptUntil ? value : null;

    /// <summary>How long the key must not be forgotten for the sake of this; 0 or less when it may be, infinite while there is a limit.</summary>
    /// <param name="unixMilliseconds">The wall clock.</param>
    internal TimeSpan KeptFor(long unixMilliseconds) => Limit != 0
        ? Timeout.InfiniteTimeSpan
        : Value is { IsEphemeral: false } value ? TimeSpan.FromMilliseconds(value.KeptUntil - unixMilliseconds) : TimeSpan.Zero;
}

/// <summary>A value that a holder has set.</summary>
/// <param name="Bytes">Its bytes; at least one.</param>
/// <param name="SetBy">The hold that set it. One that is ephemeral ends with it.</param>
/// <param name="KeptUntil">Until when it is kept, in milliseconds of the wall clock; <see cref="long.MaxValue"/> for one that is ephemeral.</param>
public sealed record KeyValue(ImmutableArray<byte> Bytes, LeaseId SetBy, long KeptUntil)
{
    /// <summary>Whether it ends with the hold that set it.</summary>
    public bool IsEphemeral => KeptUntil == long.MaxValue;

    /// <inheritdoc/>
    public bool Equals(KeyValue? other) =>
        other is not null && SetBy == other.SetBy && KeptUntil == other.KeptUntil && Bytes.AsSpan().SequenceEqual(other.Bytes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(SetBy, KeptUntil, Bytes.Length);
}

/// <summary>A value that a holder sets.</summary>
/// <param name="Bytes">Its bytes; none to clear it.</param>
/// <param name="KeepFor">How long it is kept, its hold over or not; null for as long as its hold.</param>
public sealed record NewValue(ImmutableArray<byte> Bytes, TimeSpan? KeepFor);
