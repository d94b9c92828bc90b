namespace LockGrains.Chaos;

/// <summary>How a leader is made to hand over.</summary>
internal enum HandOver
{
    /// <summary>Its host is stopped in good order.</summary>
    Stop,

    /// <summary>Its process is killed.</summary>
    Kill,

    /// <summary>Its process is paused for longer than the lease, and goes on when another one leads.</summary>
    Pause,
}
