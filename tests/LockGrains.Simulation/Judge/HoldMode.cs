namespace LockGrains.Simulation;

/// <summary>What a hold shares its lock with.</summary>
internal enum HoldMode
{
    Exclusive,
    Shared,
    Upgradeable,
}
