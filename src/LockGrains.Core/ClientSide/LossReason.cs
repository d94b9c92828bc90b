namespace LockGrains.Core;

/// <summary>Why a hold was lost.</summary>
public enum LossReason
{
    /// <summary>The client's clock reached the deadline.</summary>
    Deadline = 0,

    /// <summary>The silo said that the lock is not held under this lease.</summary>
    NotHeld,

    /// <summary>The program forgot the handle, so the renewals stopped, and then came the deadline.</summary>
    Leaked,

    /// <summary>The host stopped or the client was disposed, so the renewals stopped, and then came the deadline.</summary>
    ClientStopped,

    /// <summary>It was held for as long as <see cref="HoldLimits.MaxHold"/> allows.</summary>
    MaxHold,

    /// <summary>The session that it is under is over.</summary>
    SessionOver,
}
