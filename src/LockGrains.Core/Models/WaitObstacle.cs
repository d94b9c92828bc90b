namespace LockGrains;

/// <summary>What keeps the first in line from being granted its lock. Sent, so the numbers never change.</summary>
public enum WaitObstacle
{
    /// <summary>Nothing: it waits for a sign of life of its client, or for its next call. Also where nobody is in line.</summary>
    None = 0,

    /// <summary>Those who hold: it, or one of them, shares the lock with nobody.</summary>
    Holders = 1,

    /// <summary>The upgradeable holder: there is one at a time.</summary>
    Upgradeable = 2,

    /// <summary>A limit, its own or the key's: not enough permits are free.</summary>
    Limit = 3,

    /// <summary>The lock has all the holders that its silo allows.</summary>
    HoldersMax = 4,

    /// <summary>An upgrade that waits: it goes before the queue.</summary>
    Upgrade = 5,
}
