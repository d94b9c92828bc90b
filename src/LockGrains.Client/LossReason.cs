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

    /// <summary>The host stopped or the client was disposed, so the renewals stopped, and then came the deadline.</summary>
    ClientStopped,

    /// <summary>It was held for as long as <see cref="AcquireOptions.MaxHold"/> allows.</summary>
    MaxHold,
}
