namespace LockGrains.Core;

/// <summary>A request that waits in the queue.</summary>
public sealed record Waiter
{
    /// <summary>Its sequence number among all that ever waited for this key: the order of grants.</summary>
    public required long Ticket { get; init; }

    /// <summary>What it asks for.</summary>
    public required LockRequest Request { get; init; }

    /// <summary>The id of the request.</summary>
    public LeaseId LeaseId => Request.LeaseId;

    /// <summary>When it came, or was taken over by this activation. Not stored; for measuring only.</summary>
    public TimeSpan EnqueuedAt { get; init; }

    /// <summary>When its client last called. Not stored.</summary>
    public TimeSpan AttachedAt { get; init; }

    /// <summary>
    /// Until when a call of its client waits in this activation. Only an attached waiter is granted the lock: a grant to one that is
    /// not there could cost a lease. Not stored.
    /// </summary>
    public TimeSpan AttachedUntil { get; init; }

    /// <summary>When it loses its place unless it comes again. Not stored; always at or after <see cref="AttachedUntil"/>.</summary>
    public TimeSpan DropAt { get; init; }

    /// <summary>Whether its wait is over when the call that is attached now ends. Not stored.</summary>
    public bool GivesUp { get; init; }

    /// <summary>
    /// Whether its last call came to a near place and asked for no more than the slice of one: so does every later one, because a place
    /// never gets worse. Not stored.
    /// </summary>
    public bool IsNear { get; init; }

    /// <summary>Whether a call of its client waits at this instant.</summary>
    /// <param name="now">The instant.</param>
    public bool IsAttached(LockTime now) => now.Monotonic < AttachedUntil;
}
