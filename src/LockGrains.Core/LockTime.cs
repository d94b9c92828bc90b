namespace LockGrains.Core;

/// <summary>
/// An instant as one activation sees it. The two clocks have one use each: the monotonic one decides leases and waits, and means
/// nothing outside its process; the wall clock makes fencing tokens grow over lost records, and bounds a lease that is taken over
/// again and again.
/// </summary>
/// <param name="Monotonic">Time on the monotonic clock, since an origin of its own.</param>
/// <param name="UnixMilliseconds">Time on the wall clock.</param>
public readonly record struct LockTime(TimeSpan Monotonic, long UnixMilliseconds)
{
    /// <summary>
    /// Until when everything that arrived has been heard, on the monotonic clock: what is due after that is not settled yet. A renewal, or
    /// a waiter that came back, was in time if it arrived in time, however long a write kept it from being heard. Usually
    /// <see cref="Monotonic"/>.
    /// </summary>
    public TimeSpan HeardUntil { get; init; } = Monotonic;

    /// <summary>
    /// Whether the key has a record. Where it has none, another activation may make, use and lose one meanwhile: tokens go on ahead of the
    /// clock, above that too.
    /// </summary>
    public bool IsStored { get; init; } = true;
}
