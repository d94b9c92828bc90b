namespace LockGrains.Chaos;

/// <summary>What one acquire is to be, and what is done under it.</summary>
internal sealed record Turn(string Key)
{
    public required TimeSpan Wait { get; init; }

    /// <summary>How long it is held; with changes, how long before, between and after them.</summary>
    public required TimeSpan HoldsFor { get; init; }

    /// <summary>How much of the lock it asks for. Default all of it.</summary>
    public Share Share { get; init; } = Share.Whole;

    /// <summary>The limit of a semaphore that it takes as a whole; 0 for none.</summary>
    public int WholeOf { get; init; }

    /// <summary>What happens to the hold, in order.</summary>
    public IReadOnlyList<HoldChange> Changes { get; init; } = [];

    public TimeSpan? CancelsAfter { get; init; }

    public TimeSpan? Lease { get; init; }

    /// <summary>How long others are kept out after the lease, if nobody releases it.</summary>
    public TimeSpan LockDelay { get; init; }

    public bool Renews { get; init; } = true;

    public bool Verifies { get; init; }

    /// <summary>Whether it writes down the places that it is told.</summary>
    public bool TellsPlaces { get; init; }

    /// <summary>Nobody releases it: its lease runs out.</summary>
    public bool IsForgotten { get; init; }

    /// <summary>What the client is told.</summary>
    public AcquireOptions ToOptions(string owner) => new()
    {
        OwnerId = owner,
        Lease = Lease,
        LockDelay = LockDelay,
        Renew = Renews,
        Mode = Share.Mode,
        Permits = Share.Permits,
        Limit = Share.Limit == 0 ? null : Share.Limit,
    };
}

/// <summary>An upgrade of a hold, or what a downgrade leaves of it.</summary>
/// <param name="Mode">Exclusive for an upgrade; else the mode that is left.</param>
/// <param name="Permits">The permits that are left.</param>
internal sealed record HoldChange(LockMode Mode, int Permits = 1)
{
    public bool IsUpgrade => Mode == LockMode.Exclusive;

    /// <summary>How long an upgrade waits.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>When its caller gives an upgrade up before that.</summary>
    public TimeSpan? CancelsAfter { get; init; }
}
