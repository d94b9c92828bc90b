namespace LockGrains;

/// <summary>An alarm of an <see cref="AlarmClock"/>, which guards all that is in it. Rings once each time it is set.</summary>
internal sealed class Alarm(AlarmClock clock, TimerCallback callback, object state) : ITimer
{
    /// <summary>Its place among those that are armed; negative when it is not.</summary>
    public int Place { get; set; } = -1;

    public bool IsDisposed { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan)
            throw new NotSupportedException("An alarm rings once.");

        return clock.Arm(this, dueTime);
    }

    public void Dispose() => clock.Remove(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Ring() => callback(state);
}
