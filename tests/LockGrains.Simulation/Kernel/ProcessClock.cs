namespace LockGrains.Simulation;

/// <summary>
/// The clocks of one process. The monotonic one starts anywhere and runs a little fast or slow; it stands still while the machine is
/// suspended. The wall clock is kept by NTP, apart from an offset that may jump.
/// </summary>
internal sealed class ProcessClock(EventLoop loop, long origin, int driftPpm, long wallOffset) : TimeProvider
{
    private const long Million = 1_000_000;

    /// <summary>What the wall clocks show when a world begins.</summary>
    public static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long _suspended;

    public SimulatedProcess? Owner { get; set; }

    /// <summary>How many parts in a million the monotonic clock is fast.</summary>
    public int DriftPpm => driftPpm;

    public long WallOffset { get; set; } = wallOffset;

    public int ArmedTimers { get; internal set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public TimeSpan Monotonic => new(GetTimestamp() - origin);

    public override long GetTimestamp()
    {
        loop.Look();
        var awake = loop.Now - _suspended;
        return origin + awake + (awake * driftPpm / Million);
    }

    public override DateTimeOffset GetUtcNow() => Epoch.AddTicks(loop.Now + WallOffset);

    /// <summary>The machine slept: no monotonic clock counts that.</summary>
    public void Suspended(long ticks) => _suspended += ticks;

    /// <summary>The true duration of a duration on this clock, rounded up: no timer fires early on its own clock.</summary>
    public long ToTrue(long ticks) => ticks <= 0 ? 0 : (ticks * Million / (Million + driftPpm)) + 1;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan)
            throw new NotSupportedException("Nothing in Core uses a periodic timer.");
        var timer = new ProcessTimer(this, loop, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
