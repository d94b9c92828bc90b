namespace LockGrains;

/// <summary>How the run of a worker has ended.</summary>
/// <param name="WasTold">Whether it had been told to stop: by the host, or because its lock was at risk.</param>
/// <param name="Failure">What it threw without having been told to stop; null for nothing.</param>
/// <param name="Took">How long it took to end, from when it was told or began to end by itself.</param>
internal sealed record WorkerEnd(bool WasTold, Exception? Failure, TimeSpan Took);
