namespace LockGrains.Simulation;

/// <summary>What is asked. The judge has plain words, numbers and ids of its own, none of Core's types: the world translates.</summary>
internal enum CallKind
{
    Acquire,
    Renew,
    Release,
    Cancel,
    Verify,
    Revoke,
    Beat,
    Upgrade,
    CancelUpgrade,
    Downgrade,
    SetValue,
    ReadValue,
    SetLimit,
}
