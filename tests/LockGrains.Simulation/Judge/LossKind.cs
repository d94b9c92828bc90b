namespace LockGrains.Simulation;

internal enum LossKind
{
    Seconds,
    Record,
    Places,
}
