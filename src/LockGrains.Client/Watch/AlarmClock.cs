namespace LockGrains;

/// <summary>
/// Rings alarms on a thread of its own, which is made when the first one is armed, and sleeps until one is due. However many are armed,
/// and however often anew, it wakes once a millisecond at most: those that are due in the same one ring together.
/// </summary>
internal sealed class AlarmClock(ISleeper sleeper)
{
    private static readonly TimeProvider Time = BootTimeProvider.Best;
    private static readonly long Millisecond = Time.TimestampFrequency / 1000;

    private readonly Lock _gate = new();
    private readonly AlarmHeap _armed = new();
    private bool _isStarted;

    // When the thread wakes; it may have nothing to do then, if that alarm was taken back or moved meanwhile.
    private long _wakesAt = long.MaxValue;

    /// <summary>Makes an unarmed alarm.</summary>
    public ITimer CreateAlarm(TimerCallback callback, object state) => new Alarm(this, callback, state);

    public bool Arm(Alarm alarm, TimeSpan delay)
    {
        lock (_gate)
        {
            if (alarm.IsDisposed)
                return false;

            if (delay == Timeout.InfiniteTimeSpan)
            {
                _armed.Remove(alarm);
                return true;
            }

            var now = Time.GetTimestamp();
            var dueAt = RoundUp(now + (long)(delay.TotalSeconds * Time.TimestampFrequency));
            _armed.Set(alarm, dueAt);
            if (dueAt < _wakesAt)
                WakeAt(dueAt, now);
            if (!_isStarted)
                Start();
            return true;
        }
    }

    public void Remove(Alarm alarm)
    {
        lock (_gate)
        {
            alarm.IsDisposed = true;
            _armed.Remove(alarm);
        }
    }

    private static long RoundUp(long timestamp) => (timestamp + Millisecond - 1) / Millisecond * Millisecond;

    private void Start()
    {
        _isStarted = true;
        new Thread(Run) { IsBackground = true, Name = "LockGrains clock" }.UnsafeStart();
    }

    private void Run()
    {
        var due = new List<Alarm>();
        while (true)
        {
            sleeper.Sleep();
            lock (_gate)
            {
                var now = Time.GetTimestamp();
                while (_armed.TryTake(now, out var alarm))
                    due.Add(alarm);
                WakeAt(_armed.FirstDueAt, now);
            }

            foreach (var alarm in due)
                alarm.Ring();
            due.Clear();
        }
    }

    private void WakeAt(long timestamp, long now)
    {
        _wakesAt = timestamp;
        sleeper.WakeIn(timestamp == long.MaxValue ? null : Time.GetElapsedTime(now, timestamp));
    }
}
