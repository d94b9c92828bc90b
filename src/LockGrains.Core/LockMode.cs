namespace LockGrains;

/// <summary>What a hold shares its lock with. Stored and sent, so the numbers never change.</summary>
public enum LockMode
{
    /// <summary>Never valid: a default-made value.</summary>
    None = 0,

    /// <summary>With nobody: a mutex, or the writer of a reader-writer lock.</summary>
    Exclusive = 1,

    /// <summary>With other shared holds and an upgradeable one: a reader, or a number of permits.</summary>
    Shared = 2,

    /// <summary>With shared holds only: a reader that may become the writer. There is one at a time, so that two cannot wait for each other.</summary>
    Upgradeable = 3,
}
