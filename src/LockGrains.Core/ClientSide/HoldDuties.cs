namespace LockGrains.Core;

/// <summary>What a change of a hold asks of whoever carries it out.</summary>
[Flags]
public enum HoldDuties
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Tell the owner that the lock is at risk.</summary>
    TellAtRisk = 1,

    /// <summary>Send a renewal: <see cref="HoldProtocol.BeginRenewal"/>.</summary>
    Renew = 2,

    /// <summary>Tell the owner that the lock is lost: <see cref="HoldProtocol.Loss"/>.</summary>
    TellLost = 4,

    /// <summary>Send a release, and repeat it until it is confirmed.</summary>
    Release = 8,

    /// <summary>Stop: the hold is over.</summary>
    Stop = 16,
}

/// <summary>What a release came to, as far as the client knows without the silo.</summary>
public enum ReleaseStart
{
    /// <summary>This is the release: it is sent.</summary>
    First = 0,

    /// <summary>Its owner was done with it before. The release of then is awaited; it is sent now if the lock was left to its lease.</summary>
    Again,

    /// <summary>From now on the lock is kept until its limits let it go.</summary>
    Kept,

    /// <summary>It is kept already.</summary>
    StillKept,

    /// <summary>It must be presumed lost. A release is sent all the same, because the silo may think otherwise a moment longer.</summary>
    PresumedLost,

    /// <summary>The silo said that it is not held.</summary>
    NotHeld,
}
