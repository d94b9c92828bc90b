namespace LockGrains.Core;

/// <summary>What a lease shares the lock with. Stored, so the numbers never change.</summary>
public enum LockMode
{
    /// <summary>Never valid: a default-made value.</summary>
    None = 0,

    /// <summary>With nobody.</summary>
    Exclusive = 1,
}
