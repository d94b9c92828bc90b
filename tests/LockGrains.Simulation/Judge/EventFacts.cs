namespace LockGrains.Simulation;

/// <summary>An event that a coordinator tells as true.</summary>
internal readonly record struct EventFacts(EventKind Kind, Guid Lease, long Token, long Ticket, EndKind End, long Wall, long Term)
{
    /// <summary>When it was decided, in true time; later it was written, and then told.</summary>
    public long DecidedAt { get; init; }

    /// <summary>What a hold is now.</summary>
    public HoldMode Mode { get; init; }

    /// <summary>What a hold was before it was changed.</summary>
    public HoldMode ModeBefore { get; init; }

    /// <summary>The number of the change.</summary>
    public int Change { get; init; }

    /// <summary>Whether a change had to wait.</summary>
    public bool HasWaited { get; init; }

    /// <summary>Whether a hold became more.</summary>
    public bool IsUpgrade => Kind == EventKind.Changed && Mode == HoldMode.Exclusive && ModeBefore != HoldMode.Exclusive;
}
