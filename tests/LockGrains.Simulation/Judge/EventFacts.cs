namespace LockGrains.Simulation;

/// <summary>An event that a coordinator tells as true.</summary>
internal readonly record struct EventFacts(EventKind Kind, Guid Lease, long Token, long Ticket, EndKind End, long Wall, long Term)
{
    /// <summary>When it was decided, in true time; later it was written, and then told.</summary>
    public long DecidedAt { get; init; }
}
