namespace LockGrains.Core;

/// <summary>
/// An instant as one activation sees it. The two clocks have one use each: the monotonic one decides leases and waits, and means
/// nothing outside its process; the wall clock only makes fencing tokens grow over lost records, and never decides who holds.
/// </summary>
/// <param name="Monotonic">Time on the monotonic clock, since an origin of its own.</param>
/// <param name="UnixMilliseconds">Time on the wall clock.</param>
public readonly record struct LockTime(TimeSpan Monotonic, long UnixMilliseconds);
