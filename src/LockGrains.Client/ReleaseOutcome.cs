namespace LockGrains;

/// <summary>What came of releasing a handle.</summary>
public enum ReleaseOutcome
{
    /// <summary>Released by this call; the next waiter has the lock.</summary>
    Released = 1,

    /// <summary>Released by an earlier call.</summary>
    AlreadyReleased = 2,

    /// <summary>The lock had been lost before: expired, revoked, or declared lost by this machine's clock.</summary>
    NotHeld = 3,

    /// <summary>No answer yet. The release goes on in the background until it is confirmed or the lease is surely over.</summary>
    Unknown = 4,

    /// <summary>
    /// The handle is done with, but the lock is kept until <see cref="AcquireOptions.HoldFor"/> is over. The client goes on renewing it until
    /// then, and gives it back.
    /// </summary>
    Kept = 5,

    /// <summary>This handle is done with, but another one of the same hold is not; see <see cref="LockHandle.Reenter"/>. The last releases the lock.</summary>
    StillHeld = 6,
}
