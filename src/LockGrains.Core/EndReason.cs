namespace LockGrains;

/// <summary>Why a lease, or the wait for one, is over. Stored and sent, so the numbers never change.</summary>
public enum EndReason
{
    /// <summary>It is not over, or it is not known any more.</summary>
    None = 0,

    /// <summary>Its holder released it.</summary>
    Released = 1,

    /// <summary>Nobody renewed it in time.</summary>
    Expired = 2,

    /// <summary>An operator took it away.</summary>
    Revoked = 3,

    /// <summary>Its waiter cancelled.</summary>
    Cancelled = 4,

    /// <summary>The wait ended before the lock came.</summary>
    TimedOut = 5,

    /// <summary>Its waiter stopped coming.</summary>
    Dropped = 6,

    /// <summary>It asked for more permits than the limit that was set meanwhile.</summary>
    Refused = 7,

    /// <summary>The session that it was under is over.</summary>
    SessionEnded = 8,
}
