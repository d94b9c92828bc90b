namespace LockGrains.Core;

/// <summary>What one acquire asks for, and the times that its client keeps to.</summary>
public sealed record AcquireSettings
{
    /// <summary>How long the caller is ready to wait; 0 for not at all, <see cref="Timeout.InfiniteTimeSpan"/> for ever.</summary>
    public required TimeSpan Wait { get; init; }

    /// <summary>Whether the lease is renewed.</summary>
    public required bool Renews { get; init; }

    /// <summary>Whether the first lease is extended to the full one before the caller is told.</summary>
    public bool ConfirmsLease { get; init; }

    /// <summary>Whether somebody watches the wait, so that the first call is short and learns the place.</summary>
    public bool ShowsPlace { get; init; }

    /// <summary>How long one call may take, beyond its wait in the queue.</summary>
    public required TimeSpan AttemptTimeout { get; init; }

    /// <summary>How long the cluster may give no usable reply before the acquire gives up.</summary>
    public required TimeSpan UnavailableTimeout { get; init; }

    /// <summary>How long one request id is repeated in trouble; a silo remembers an ended one at least that long.</summary>
    public TimeSpan RepeatMax { get; init; } = LockPolicy.RepeatMax;

    /// <summary>
    /// How often the client sends a heartbeat that names what waits in a long call; null when it sends none, and every call is short.
    /// </summary>
    public TimeSpan? BeatPeriod { get; init; }

    /// <summary>
    /// The longest that one call waits without heartbeats: before the place is known, and in trouble. Shorter notices sooner that nobody replies
    /// any more. 4 s, below half of the silo's window.
    /// </summary>
    public TimeSpan Slice { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>The wait of the first call where <see cref="ShowsPlace"/> is set. 250 ms.</summary>
    public TimeSpan FirstSlice { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How the lease is counted, and how long to pause after a failure.</summary>
    public required RenewalPolicy Policy { get; init; }
}
