namespace LockGrains.Simulation;

/// <summary>Who waits: a request in the queue, or the upgrade of its hold before the queue.</summary>
internal readonly record struct WaiterId(Guid Lease, bool IsUpgrade);
