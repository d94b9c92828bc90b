namespace LockGrains.Simulation;

internal enum EndKind
{
    None,
    Released,
    Expired,
    Revoked,
    Cancelled,
    TimedOut,
    Dropped,
    SessionEnded,
}
