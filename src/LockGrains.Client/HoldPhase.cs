namespace LockGrains;

/// <summary>How a hold stands.</summary>
internal enum HoldPhase
{
    Held,

    /// <summary>Its owner is done with it, and it is kept until its limits let it go.</summary>
    Kept,

    Lost,

    Released,
}
