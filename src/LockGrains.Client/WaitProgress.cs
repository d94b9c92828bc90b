namespace LockGrains;

/// <summary>Where a waiting acquire stands.</summary>
/// <param name="Key">The lock's key.</param>
/// <param name="Place">The place in the queue, 1 for the next in line.</param>
/// <param name="QueueLength">How many wait.</param>
/// <param name="Waited">How long this acquire has waited so far.</param>
public readonly record struct WaitProgress(string Key, int Place, int QueueLength, TimeSpan Waited)
{
    /// <summary>How long the wait will probably last from now on, if the queue goes on as it did; null while nobody can say.</summary>
    public TimeSpan? Estimate { get; init; }
}
