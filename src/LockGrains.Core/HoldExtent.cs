using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>How much of its lock a hold has, where that is not just what was asked for: it has permit numbers, or was changed since.</summary>
/// <param name="Mode">What it shares the lock with.</param>
/// <param name="Permits">How many permits it has.</param>
/// <param name="Numbers">The numbers of its permits, ascending; empty where they have none.</param>
/// <param name="Change">
/// The number of the last change that was carried out or given up; 0 for none. The holder numbers its changes. One with a smaller number is a
/// late copy, and changes nothing.
/// </param>
public sealed record HoldExtent(LockMode Mode, int Permits, ImmutableArray<int> Numbers, int Change)
{
    /// <summary>Whether that last change made it exclusive, so that giving the change up takes that back. Not where it was exclusive before.</summary>
    public bool IsUpgraded { get; init; }

    /// <inheritdoc/>
    public bool Equals(HoldExtent? other) =>
        other is not null && Mode == other.Mode && Permits == other.Permits && Change == other.Change && IsUpgraded == other.IsUpgraded && Numbers.AsSpan().SequenceEqual(other.Numbers.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mode, Permits, Change, Numbers.Length);
}
