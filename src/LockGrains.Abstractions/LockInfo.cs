using System.Collections.Immutable;

namespace LockGrains;

/// <summary>A lock as its grain saw it when asked. Advisory; it never contains a <c>LeaseId</c>, because that is the proof of ownership.</summary>
[GenerateSerializer, Immutable]
[Alias("lockgrains.LockInfo")]
public sealed record LockInfo
{
    /// <summary>The most waiters that are listed: 100.</summary>
    public const int WaitersMax = 100;

    /// <summary>The holder, or null when the lock is free.</summary>
    [Id(0)]
    public HolderInfo? Holder { get; init; }

    /// <summary>How many wait.</summary>
    [Id(1)]
    public int QueueLength { get; init; }

    /// <summary>The first waiters in order, at most <see cref="WaitersMax"/>.</summary>
    [Id(2)]
    public ImmutableArray<WaiterInfo> Waiters { get; init; } = [];

    /// <summary>The key's highest fencing token so far; 0 when it was never granted.</summary>
    [Id(3)]
    public long LastFencingToken { get; init; }

    /// <summary>False when the grain could not load or trust its state; the rest then says nothing.</summary>
    [Id(4)]
    public bool Known { get; init; }

    /// <summary>Not known: what happened, for people.</summary>
    [Id(5)]
    public string? Detail { get; init; }
}

/// <summary>Who holds a lock.</summary>
[GenerateSerializer, Immutable]
[Alias("lockgrains.HolderInfo")]
public sealed record HolderInfo
{
    /// <summary>The label that the holder gave.</summary>
    [Id(0)]
    public string OwnerId { get; init; } = "";

    /// <summary>The hold's fencing token.</summary>
    [Id(1)]
    public long FencingToken { get; init; }

    /// <summary>The full lease.</summary>
    [Id(2)]
    public TimeSpan Lease { get; init; }

    /// <summary>How long until the lease expires if nobody renews it.</summary>
    [Id(3)]
    public TimeSpan ExpiresIn { get; init; }
}

/// <summary>Who waits for a lock.</summary>
[GenerateSerializer, Immutable]
[Alias("lockgrains.WaiterInfo")]
public sealed record WaiterInfo
{
    /// <summary>The label that the waiter gave.</summary>
    [Id(0)]
    public string OwnerId { get; init; } = "";

    /// <summary>The waiter's ticket: its sequence number among all that ever waited for this key.</summary>
    [Id(1)]
    public long Ticket { get; init; }

    /// <summary>True when the waiter is there to be granted the lock; false when it is between two calls, or has stopped coming.</summary>
    [Id(2)]
    public bool Attached { get; init; }
}
