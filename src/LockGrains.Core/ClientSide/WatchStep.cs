namespace LockGrains.Core;

/// <summary>What one who watches a key does next.</summary>
public enum WatchAction
{
    /// <summary>Never asked for: a default-made value.</summary>
    None = 0,

    /// <summary>Send <see cref="WatchStep.Request"/>, and await the reply for <see cref="WatchStep.Time"/>.</summary>
    Call,

    /// <summary>Pause for <see cref="WatchStep.Time"/>.</summary>
    Pause,

    /// <summary>Give <see cref="WatchStep.Info"/> to the reader.</summary>
    Show,
}

/// <summary>One step of watching a key.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Time">How long; see <see cref="WatchAction"/>.</param>
public readonly record struct WatchStep(WatchAction Action, TimeSpan Time = default)
{
    /// <summary>Call: what to send.</summary>
    public WatchRequest? Request { get; init; }

    /// <summary>Show: the state.</summary>
    public LockInfo? Info { get; init; }
}

/// <summary>The times that one who watches a key keeps to.</summary>
public sealed record WatchSettings
{
    /// <summary>How long one call may take, beyond its slice.</summary>
    public required TimeSpan AttemptTimeout { get; init; }

    /// <summary>How long the cluster may give no usable reply before the reader is told that nobody knows.</summary>
    public required TimeSpan UnavailableTimeout { get; init; }

    /// <summary>How long to pause after a failure.</summary>
    public required RetryBackoff Backoff { get; init; }

    /// <summary>
    /// The longest that one call waits for a change. A silo that dies may take the call with it, and no heartbeat speaks for this one, so it is
    /// short. 4 s, as that of an acquire without heartbeats.
    /// </summary>
    public TimeSpan Slice { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>The least time between two states, so that a key that changes a thousand times a second does not cost a thousand calls. 50 ms.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(50);
}
