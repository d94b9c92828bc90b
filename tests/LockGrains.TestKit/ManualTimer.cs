namespace LockGrains.TestKit;

/// <summary>A timer of <see cref="ManualTimeProvider"/>, which guards all that is in it.</summary>
internal sealed class ManualTimer(ManualTimeProvider time, TimerCallback callback, object? state) : ITimer
{
    // As the system's timers do: a callback sees what its creator saw, unless the creator suppressed the flow.
    private readonly ExecutionContext? _context = ExecutionContext.Capture();

    public TimeSpan DueAt { get; set; }

    public TimeSpan Period { get; set; }

    public long Arming { get; set; }

    public bool IsDisposed { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        ThrowIfNotDelay(dueTime, nameof(dueTime));
        ThrowIfNotDelay(period, nameof(period));
        return time.Arm(this, dueTime, period);
    }

    public void Dispose() => time.Remove(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Fire()
    {
        if (_context is null)
            callback(state);
        else
            ExecutionContext.Run(_context, _ => callback(state), null);
    }

    private static void ThrowIfNotDelay(TimeSpan value, string name)
    {
        // The bound of the system's timers: a test must not pass with a delay that would throw in production.
        if (value != Timeout.InfiniteTimeSpan && (value < TimeSpan.Zero || value.TotalMilliseconds > uint.MaxValue - 1))
            throw new ArgumentOutOfRangeException(name, value, "A timer's delay must be 0 to 49.7 days, or infinite.");
    }
}
