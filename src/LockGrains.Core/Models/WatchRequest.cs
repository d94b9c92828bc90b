namespace LockGrains;

/// <summary>Asks a lock to reply when it has changed.</summary>
public sealed record WatchRequest
{
    /// <summary>
    /// The <see cref="WatchReply.Cursor"/> of the last reply: what the caller knows. Null (the default), or one that the lock does not know any
    /// more, is answered at once with the present state.
    /// </summary>
    public string? Cursor { get; init; }

    /// <summary>The longest that this call waits for a change. Null (the default) for 60 s, which is also the most. More than 0.</summary>
    public TimeSpan? Slice { get; init; }
}

/// <summary>What a lock says to one who watches it.</summary>
public sealed record WatchReply
{
    /// <summary>What came of it.</summary>
    public WatchStatus Status { get; init; }

    /// <summary>Current: the lock as it is now. Null otherwise.</summary>
    public LockInfo? Info { get; init; }

    /// <summary>Current: what <see cref="Info"/> is, for the next request. The same as before when nothing has changed. It has no meaning but that.</summary>
    public string? Cursor { get; init; }

    /// <summary>Refused or unknown: why, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>The outcome of watching a lock. The default value is never sent.</summary>
public enum WatchStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>The lock is as the reply says: it has changed, or the slice is over.</summary>
    Current = 1,

    /// <summary>Nobody can say, or the lock has moved. Ask again.</summary>
    Unknown = 2,

    /// <summary>The request is wrong, or as many watch the lock as its silo allows.</summary>
    Refused = 3,
}
