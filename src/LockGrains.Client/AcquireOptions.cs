namespace LockGrains;

/// <summary>What one acquire does differently from <see cref="LockClientOptions"/>.</summary>
public sealed record AcquireOptions
{
    /// <summary>
    /// How long the lock is held without a renewal; 1ms to 24h, and the silo has bounds of its own. Null (the
    /// default) for the client's.
    /// </summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>
    /// A label for people, at most 128 bytes in UTF-8; shown in <see cref="LockInfo"/>, decides nothing. Null (the default) for
    /// the client's.
    /// </summary>
    public string? OwnerId { get; init; }

    /// <summary>
    /// Told the place in the queue while waiting: soon, then about every <see cref="LockClientOptions.BeatPeriod"/>. It is called
    /// from any thread, though never twice at a time, and the wait cannot end meanwhile, so it should be quick; what it throws is logged and
    /// costs neither the place nor the lock. Default null.
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

    /// <summary>
    /// How long the holder needs to stop its work. <see cref="LockHandle.AtRiskToken"/> is cancelled with so much of the lease left, and
    /// renewals come early enough that a single one that fails does not bring that about. More than 0, and at most three quarters of what
    /// the lease guarantees: 22 s of a lease of 30 s. Null (the default) for a third of the lease. With it the lease is confirmed first, as
    /// by <see cref="ConfirmLease"/>: the first, short one might leave no time at all.
    /// </summary>
    public TimeSpan? TimeToStop { get; init; }

    /// <summary>
    /// How long one call of this acquire to the cluster may take, beyond what it waits in the queue; and how much longer than its wait the
    /// whole acquire may take. 100 ms to 1 min; null (the default) for <see cref="LockClientOptions.AttemptTimeout"/>.
    /// <para>
    /// With a wait of 3 s and 500 ms here, there is an end after 3.5 s at the latest, whatever became of the cluster. The last call is
    /// given up 250 ms after the wait. The other 250 ms are for the cancel: once the silo has confirmed it, the lock was certainly not
    /// acquired. If it does not confirm it, the end is a <see cref="LockUnavailableException"/> that says that it may have been. The
    /// cancel gets half of the time, and 1 s at most: of 5 s, the last call gets 4 s.
    /// </para>
    /// </summary>
    public TimeSpan? AttemptTimeout { get; init; }

    /// <summary>
    /// How long the lock is kept at least, counted from its grant, though its handle is released sooner: so that a job that takes no time
    /// does not run on every host whose clock is a little behind. Null (the default) or 0 gives it back at once; at most 365 days, and not
    /// more than <see cref="MaxHold"/>, nor than the lease where <see cref="Renew"/> is false.
    /// <para>
    /// A release before that returns at once with <see cref="ReleaseOutcome.Kept"/>. The client goes on renewing the lock in the background
    /// and then gives it back. Where the process ends or the client stops before, the lock is left to its lease: it may be free sooner, one
    /// lease after the last renewal.
    /// </para>
    /// </summary>
    public TimeSpan? HoldFor { get; init; }

    /// <summary>
    /// How long the lock is held at most, counted from its grant, however well its renewals go: a holder that hangs and renews for ever would
    /// keep all others waiting. Null (the default) for as long as it is renewed; else more than 0, at most 365 days.
    /// <para>
    /// The handle is then lost as by its lease: <see cref="LockHandle.AtRiskToken"/> is cancelled a third of the lease before (of this time
    /// where it is shorter), <see cref="LockHandle.HandleLostToken"/> at its end. Renewals stop in time, so that the next waiter gets the lock
    /// one lease later at the latest, and at once when the handle is disposed.
    /// </para>
    /// </summary>
    public TimeSpan? MaxHold { get; init; }

    /// <summary>What the hold shares the lock with; see <see cref="LockMode"/>. Default <see cref="LockMode.Exclusive"/>: with nobody.</summary>
    public LockMode Mode { get; init; } = LockMode.Exclusive;

    /// <summary>
    /// How many permits a shared hold takes, all or none. Default 1; at most <see cref="Limit"/>, or 1,000,000 without one. With another mode it
    /// must be 1.
    /// </summary>
    public int Permits { get; init; } = 1;

    /// <summary>
    /// The most permits that may be taken together, these included: a shared request waits while they do not fit, and nobody who came later passes
    /// it. Null (the default) for no limit, as for readers; 1 to 1,000,000. With another mode it must be null. Each request goes by its own
    /// limit, so that a rolling deploy with another number works. All who use a key should state the same.
    /// </summary>
    public int? Limit { get; init; }

    /// <summary>
    /// The value that the grant sets, in the same write: what a leader proclaims. Only where <see cref="Mode"/> is exclusive. Null (the default)
    /// leaves the value as it is.
    /// </summary>
    public LockValue? Value { get; init; }

    /// <summary>
    /// How long nobody else is granted the lock after this hold's lease ran out without a release: for work that a token cannot fence and that
    /// may go on for a moment when its process stalled or was cut off. Default 0, for not at all; at most 60 s. A release and a revocation hand the
    /// lock over at once. The handle is lost at the end of the lease as ever, and so the delay is time that its work may still need.
    /// <para>
    /// With a lease of 30 s and 15 s here, the next holder comes 45 s after the last renewal of a process that died, and at once after a release.
    /// </para>
    /// Chubby and Consul call it lock-delay.
    /// </summary>
    public TimeSpan LockDelay { get; init; }

    /// <summary>
    /// Checks these options as an acquire does, before there is one: for a configuration that must be right when the program starts.
    /// </summary>
    /// <param name="client">The settings of the client that will be asked, which count where these are null; null for the defaults.</param>
    /// <param name="paramName">The parameter to name in the exception.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of its range; names the option, the value and the range.</exception>
    /// <exception cref="ArgumentException">The owner's label is too long or ill-formed; names the option, the value and the rule.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting of the client is out of its range.</exception>
    public AcquireOptions Validate(LockClientOptions? client = null, string paramName = "options")
    {
        var settings = client ?? new LockClientOptions();
        LockClientOptionsValidator.ThrowIfInvalid(settings);
        AcquireTerms.Check(this, settings, ClientRuntime.MakePolicy(settings), paramName);
        return this;
    }
}
