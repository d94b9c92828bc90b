namespace LockGrains;

/// <summary>What one acquire does differently from <see cref="LockClientOptions"/>.</summary>
public sealed record AcquireOptions
{
    /// <summary>
    /// How long the lock is held without a renewal; more than 0, at most 24 h, and the silo has bounds of its own. Null (the
    /// default) for the client's.
    /// </summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>
    /// A label for people, at most 128 bytes in UTF-8; shown in <see cref="LockInfo"/>, decides nothing. Null (the default) for
    /// the client's.
    /// </summary>
    public string? OwnerId { get; init; }

    /// <summary>
    /// Told the place in the queue while waiting: soon, then about every <see cref="LockClientOptions.Slice"/>. It is called on
    /// the waiting loop, so it should be quick; what it throws is logged and costs neither the place nor the lock. Default null.
    /// </summary>
    public IProgress<WaitProgress>? Progress { get; init; }

    /// <summary>
    /// Whether the handle renews the lease until it is released. True by default. If false the lock is held for one full lease at
    /// most, and <see cref="LockHandle.HandleLostToken"/> tells when that is over.
    /// </summary>
    public bool Renew { get; init; } = true;

    /// <summary>
    /// Whether to extend the first lease, which is short (about 5 s) because a waiter may have died, to the full one before the
    /// handle is returned. False by default: the handle does that soon in the background. True costs a round trip and a write, and
    /// is for work that is hard to undo, begun where the machine may be starved for seconds. If the cluster does not answer just
    /// then, the handle is returned with what it has. Without effect where <see cref="Renew"/> is false.
    /// </summary>
    public bool ConfirmLease { get; init; }
}
