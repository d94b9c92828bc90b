namespace LockGrains.Core;

/// <summary>A request that waits in the queue, or an upgrade that waits before it.</summary>
public sealed record Waiter
{
    /// <summary>Its sequence number among all that ever waited for this key: the order of grants. 0 for an upgrade.</summary>
    public required long Ticket { get; init; }

    /// <summary>What it asks for.</summary>
    public required LockRequest Request { get; init; }

    /// <summary>The id of the request.</summary>
    public LeaseId LeaseId => Request.LeaseId;

    /// <summary>When it came, or was taken over by this activation. Not stored; for measuring only.</summary>
    public TimeSpan EnqueuedAt { get; init; }

    /// <summary>
    /// Until when a call of its client waits in this activation. Only a waiter that is present and attached is granted the lock: a grant to one
    /// that is not there could cost a lease. Not stored.
    /// </summary>
    public TimeSpan AttachedUntil { get; init; }

    /// <summary>Until when its client counts as present, having been heard. Not stored.</summary>
    public TimeSpan PresentUntil { get; init; }

    /// <summary>Whether its wait is over when the call that is attached now ends. Not stored.</summary>
    public bool GivesUp { get; init; }

    /// <summary>The number of the upgrade that it is; 0 for a request in the queue. Not stored.</summary>
    public int Change { get; init; }

    /// <summary>The value that its grant sets; its call says it each time. Not stored.</summary>
    public NewValue? Value { get; init; }

    /// <summary>Whether it is the upgrade of a hold.</summary>
    public bool IsUpgrade => Change > 0;

    /// <summary>Whether a call of its client waits at this instant.</summary>
    /// <param name="now">The instant.</param>
    public bool IsAttached(LockTime now) => now.Monotonic < AttachedUntil;

    /// <summary>Whether it may be granted the lock at this instant: its client lives, and hears the answer.</summary>
    /// <param name="now">The instant.</param>
    public bool IsThere(LockTime now) => IsAttached(now) && now.Monotonic < PresentUntil;
}
