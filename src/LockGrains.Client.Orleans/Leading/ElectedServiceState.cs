namespace LockGrains;

/// <summary>What an elected service does just now.</summary>
public enum ElectedServiceState
{
    /// <summary>Nothing: the host has not started it, or it has ended.</summary>
    Stopped = 0,

    /// <summary>It asks for its lock, and has had no reply yet.</summary>
    Campaigning = 1,

    /// <summary>Another leads; it waits for its turn.</summary>
    Waiting = 2,

    /// <summary>It leads, and its worker runs.</summary>
    Leading = 3,

    /// <summary>Its worker comes to its end. The lock is not released before.</summary>
    Stopping = 4,

    /// <summary>Its worker has ended by itself or has failed; it waits before it campaigns again (<see cref="ElectedServiceOptions.Pause"/>).</summary>
    Pausing = 5,

    /// <summary>It cannot campaign: the cluster gives no usable reply, or too many wait. It tries again.</summary>
    Unavailable = 6,
}
