namespace LockGrains.Core;

/// <summary>How a hold stands.</summary>
public enum HoldPhase
{
    /// <summary>Its owner may rely on it.</summary>
    Held = 0,

    /// <summary>Its owner is done with it, and it is kept until its limits let it go.</summary>
    Kept,

    /// <summary>It was lost, or must be presumed lost.</summary>
    Lost,

    /// <summary>It was released, or left to its lease after its owner was done with it.</summary>
    Released,
}
