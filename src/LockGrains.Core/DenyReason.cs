namespace LockGrains;

/// <summary>Why an acquire was denied. Sent, so the numbers never change.</summary>
public enum DenyReason
{
    /// <summary>Not denied.</summary>
    None = 0,

    /// <summary>Held, or others wait for it, and the request was not ready to wait, or was to take no new place (<see cref="AcquireRequest.NoNewPlace"/>).</summary>
    Busy = 1,

    /// <summary>The wait ended before the lock came.</summary>
    TimedOut = 2,

    /// <summary>The queue is at its limit.</summary>
    QueueFull = 3,

    /// <summary>The request is over: released, expired, revoked, cancelled, timed out or dropped before. Make a new one.</summary>
    Ended = 4,

    /// <summary>The request breaks a rule; the reply names the parameter, the value and the range.</summary>
    Invalid = 5,

    /// <summary>The hold that was to be changed is over.</summary>
    NotHeld = 6,

    /// <summary>It asks for more permits than the key's limit, and could never be granted.</summary>
    Limit = 7,

    /// <summary>The session that it was to be under is over.</summary>
    SessionEnded = 8,
}
