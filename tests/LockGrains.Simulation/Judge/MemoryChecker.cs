namespace LockGrains.Simulation;

/// <summary>
/// Late copies (I8): an activation remembers the attempts that ended last, those that the record names and those that it ended
/// itself, and neither queues nor grants them again. Beyond that memory a late copy may be granted to nobody; its lease is short.
/// </summary>
internal sealed class MemoryChecker(Evidence evidence)
{
    public void OnLoaded(ActivationFacts activation, IReadOnlyList<Guid> ended)
    {
        foreach (var lease in ended)
            Remember(activation, lease);
    }

    public void OnOver(ActivationFacts activation, Guid lease) => Remember(activation, lease);

    /// <summary>An attempt entered the queue, or was granted the lock without.</summary>
    public void OnBegun(ActivationFacts activation, AttemptFacts attempt)
    {
        if (activation.Remembered.Contains(attempt.Lease))
            evidence.Fail("over is over", $"{activation} let {Short.Of(attempt.Lease)} in again, which it had to remember as over");
    }

    private void Remember(ActivationFacts activation, Guid lease)
    {
        activation.Remembered.Enqueue(lease);
        while (activation.Remembered.Count > evidence.Promises.Remembered)
            activation.Remembered.Dequeue();
    }
}
