using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// The attempts that ended last, so that a late copy of a request gets the right answer instead of a second effect. Bounded: beyond
/// it a late acquire is taken for a new one, whose first lease then runs out because nobody renews it.
/// </summary>
public sealed class EndedLeases
{
    /// <summary>Two generations of this many are remembered in memory; when the younger is full, the older is forgotten.</summary>
    public const int Generation = 64;

    /// <summary>How many of the youngest go into the stored record, which must stay small.</summary>
    public const int Stored = 16;

    private readonly ImmutableArray<EndedLease> _younger;
    private readonly ImmutableArray<EndedLease> _older;

    private EndedLeases(ImmutableArray<EndedLease> younger, ImmutableArray<EndedLease> older)
    {
        _younger = younger;
        _older = older;
    }

    /// <summary>None ended yet.</summary>
    public static EndedLeases Empty { get; } = new([], []);

    /// <summary>Remembers one more.</summary>
    /// <param name="leaseId">The attempt.</param>
    /// <param name="reason">Why it is over.</param>
    public EndedLeases Add(LeaseId leaseId, EndReason reason)
    {
        var ended = new EndedLease(leaseId, reason);
        return _younger.Length < Generation ? new EndedLeases(_younger.Add(ended), _older) : new EndedLeases([ended], _younger);
    }

    /// <summary>Why an attempt is over; <see cref="EndReason.None"/> when it is not, or was forgotten.</summary>
    /// <param name="leaseId">The attempt.</param>
    public EndReason Find(LeaseId leaseId)
    {
        var reason = Find(_younger, leaseId);
        return reason == EndReason.None ? Find(_older, leaseId) : reason;
    }

    /// <summary>The youngest, oldest of them first: what is stored.</summary>
    public ImmutableArray<EndedLease> Youngest()
    {
        var fromYounger = Math.Min(Stored, _younger.Length);
        var fromOlder = Math.Min(Stored - fromYounger, _older.Length);
        return [.. _older.AsSpan()[^fromOlder..], .. _younger.AsSpan()[^fromYounger..]];
    }

    internal static EndedLeases From(ImmutableArray<EndedLease> ended) => new(ended, []);

    private static EndReason Find(ImmutableArray<EndedLease> generation, LeaseId leaseId)
    {
        foreach (var ended in generation.AsSpan())
        {
            if (ended.LeaseId == leaseId)
                return ended.Reason;
        }

        return EndReason.None;
    }
}

/// <summary>An attempt that is over.</summary>
/// <param name="LeaseId">The attempt.</param>
/// <param name="Reason">Why.</param>
public readonly record struct EndedLease(LeaseId LeaseId, EndReason Reason);
