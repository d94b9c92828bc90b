namespace LockGrains.Testing;

/// <summary>A timer of a <see cref="FakeClock"/>, which guards its times.</summary>
internal sealed class FakeTimer(FakeClock clock, TimerCallback callback, object? state) : ITimer
{
    /// <summary>The order in which timers fire: that of their times, and that in which they were armed where those are equal.</summary>
    public static readonly IComparer<FakeTimer> ByTurn = Comparer<FakeTimer>.Create(static (left, right) =>
        left.DueAt != right.DueAt ? left.DueAt.CompareTo(right.DueAt) : left.Arming.CompareTo(right.Arming));

    // As the system's timers do: a callback sees what its creator saw, unless the creator suppressed the flow.
    private readonly ExecutionContext? _context = ExecutionContext.Capture();
    private volatile bool _isDisposed;

    public TimeSpan DueAt { get; set; }

    public TimeSpan Period { get; set; }

    public long Arming { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        ThrowIfNotDelay(dueTime, nameof(dueTime));
        ThrowIfNotDelay(period, nameof(period));
        if (_isDisposed)
            return false;

        clock.Arm(this, dueTime, period);
        return true;
    }

    public void Dispose()
    {
        _isDisposed = true;
        clock.Arm(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Fire()
    {
        if (_isDisposed)
            return;

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
