namespace LockGrains;

/// <summary>A request for the lock. Repeat it unchanged, but for <see cref="Wait"/>, until it is answered.</summary>
public sealed record AcquireRequest
{
    /// <summary>
    /// A random id made by the caller for this one attempt. It is the key to repeat, cancel, renew and release, and the only proof
    /// of ownership: keep it as you would a password. Must not be empty.
    /// </summary>
    public required Guid LeaseId { get; init; }

    /// <summary>A label for people (host, process, job): shown in <see cref="LockInfo"/>, decides nothing. At most 128 bytes in UTF-8.</summary>
    public string OwnerId { get; init; } = "";

    /// <summary>How long the lock is held without a renewal. Default 30 s; the silo sets the bounds (1 s to 24 h unless configured).</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the caller is still ready to wait: 0 (the default) answers at once, <see cref="Timeout.InfiniteTimeSpan"/> waits for
    /// ever. When it ends inside this call's slice the request leaves the queue by itself.
    /// </summary>
    public TimeSpan Wait { get; init; }

    /// <summary>
    /// The longest that this one call may wait before it is answered <see cref="AcquireStatus.Queued"/>; null (the default) for the
    /// silo's slice, which is also the most: half its <c>PresenceWindow</c>, 5 s unless configured. A short first slice learns the place soon.
    /// </summary>
    public TimeSpan? Slice { get; init; }

    /// <summary>
    /// How often the caller sends a heartbeat that names this request; null (the default) for never. With heartbeats one call may wait for
    /// 60 s. Must be at most 0.3 of the silo's <c>PresenceWindow</c>, 3 s unless configured.
    /// </summary>
    public TimeSpan? BeatPeriod { get; init; }

    /// <summary>
    /// True when the caller will renew: its first lease is then short (about 5 s) until the first renewal, so that a caller that died
    /// while waiting costs little. False (the default) for a caller that does not renew: it gets <see cref="Lease"/> at once.
    /// </summary>
    public bool Renews { get; init; }

    /// <summary>What the hold shares the lock with. Default <see cref="LockMode.Exclusive"/>.</summary>
    public LockMode Mode { get; init; } = LockMode.Exclusive;

    /// <summary>
    /// How many permits a shared hold takes, all or none. Default 1; at most <see cref="Limit"/>, or 1,000,000 without one. With another mode it
    /// must be 1.
    /// </summary>
    public int Permits { get; init; } = 1;

    /// <summary>
    /// The most permits that may be taken together, these included: a shared request waits while they do not fit. Null (the default) for no limit;
    /// 1 to 1,000,000. With another mode it must be null.
    /// </summary>
    public int? Limit { get; init; }

    /// <summary>
    /// How long nobody else is granted the lock after this hold's lease ran out without a release. Default 0; at most 60 s. See
    /// <c>AcquireOptions.LockDelay</c>.
    /// </summary>
    public TimeSpan LockDelay { get; init; }

    /// <summary>
    /// The session that the hold is to be under: it ends with that session, too, and is granted its full lease at once. Null (the default) for none.
    /// See <c>ILockClient.OpenSessionAsync</c>.
    /// </summary>
    public string? SessionId { get; init; }

    /// <summary>The fencing token of that session; 0 (the default) for none.</summary>
    public long SessionToken { get; init; }

    /// <summary>
    /// True when the request may take no new place in the queue: a copy of one that holds or waits has its reply, a free lock is granted, and any
    /// other request is denied as <see cref="DenyReason.Busy"/>, however long it would wait. False (the default) to queue.
    /// </summary>
    public bool NoNewPlace { get; init; }

    /// <summary>The value that the grant sets; null (the default) to leave it as it is. Only where the mode is exclusive.</summary>
    public LockValue? Value { get; init; }
}
