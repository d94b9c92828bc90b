namespace LockGrains.Simulation;

/// <summary>
/// A timer of a <see cref="ProcessClock"/>. While its process stands still it fires late, at the end of the pause. Where the machine slept, and
/// the clock did not count that, it has the rest of its time to go then, as a timer of .NET has.
/// </summary>
internal sealed class ProcessTimer(ProcessClock clock, EventLoop loop, TimerCallback callback, object? state) : ITimer
{
    private int _arming;
    private TimeSpan _dueAt;
    private bool _isArmed;
    private bool _isDisposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_isDisposed)
            return false;
        Disarm();
        if (dueTime == Timeout.InfiniteTimeSpan)
            return true;
        SetArmed(true);
        _dueAt = clock.Monotonic + dueTime;
        WakeIn(dueTime, _arming);
        return true;
    }

    public void Dispose()
    {
        Disarm();
        _isDisposed = true;
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void WakeIn(TimeSpan dueTime, int arming) => loop.After(clock.ToTrue(dueTime.Ticks), clock.Owner!, () => Fire(arming));

    private void Fire(int arming)
    {
        if (arming != _arming)
            return;
        if (_dueAt - clock.Monotonic is var left && left > TimeSpan.Zero)
        {
            WakeIn(left, arming);
            return;
        }

        SetArmed(false);
        callback(state);
    }

    private void Disarm()
    {
        _arming++;
        SetArmed(false);
    }

    private void SetArmed(bool isArmed)
    {
        if (isArmed == _isArmed)
            return;
        _isArmed = isArmed;
        clock.ArmedTimers += isArmed ? 1 : -1;
    }
}
