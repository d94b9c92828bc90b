namespace LockGrains.Simulation;

internal enum EventKind
{
    Granted,
    Renewed,
    LeaseEnded,
    Queued,
    WaitEnded,
    Changed,
    UpgradeEnded,
}
