namespace LockGrains;

/// <summary>Why a handle lost its lock.</summary>
internal enum LossReason
{
    /// <summary>This machine's clock reached the deadline.</summary>
    Deadline,

    /// <summary>The silo said so.</summary>
    NotHeld,

    /// <summary>The program forgot the handle, so the renewals stopped, and then came the deadline.</summary>
    Leaked,

    /// <summary>The client was disposed and released the lock over the head of whoever used the handle.</summary>
    ClientDisposed,
}
