namespace LockGrains.Core;

/// <summary>One step of watching the locks of a prefix.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Time">How long; see <see cref="WatchAction"/>.</param>
public readonly record struct ListWatchStep(WatchAction Action, TimeSpan Time = default)
{
    /// <summary>Call: what to send.</summary>
    public LockListRequest? Request { get; init; }

    /// <summary>Show: what has changed.</summary>
    public LockListUpdate? Update { get; init; }
}

/// <summary>The times that one who watches a prefix keeps to.</summary>
public sealed record ListWatchSettings
{
    /// <summary>How long one call may take.</summary>
    public required TimeSpan AttemptTimeout { get; init; }

    /// <summary>How long a silo may take before it counts as missing.</summary>
    public required TimeSpan SiloTimeout { get; init; }

    /// <summary>How long the cluster may give no usable reply before the reader is told that nobody knows.</summary>
    public required TimeSpan UnavailableTimeout { get; init; }

    /// <summary>How long to pause after a failure.</summary>
    public required RetryBackoff Backoff { get; init; }

    /// <summary>The least time from the beginning of one pass to that of the next. People look no faster, and each pass costs every silo a look at each of its locks. 1 s.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many times as long as a pass took the pause after it is at least. So whoever watches very many locks takes the cluster a fifth of the time at
    /// most, and sees a change later. 4.
    /// </summary>
    public int Rest { get; init; } = 4;
}
