using System.Globalization;

namespace LockGrains.TestKit;

/// <summary>
/// Time that moves only by <see cref="Advance"/>. Timers fire on the thread that advances, one after another, in the order in
/// which they are due (and were armed, when due together), each at its own time. The wall clock can jump without the monotonic
/// one.
/// <para>
/// A test has one driver: it waits until the code under test has armed the timer that matters (<see
/// cref="WhenTimerDueInAsync"/>), then advances. So nothing sleeps, nothing polls, and a run is the same on any machine.
/// </para>
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    /// <summary>How long, in real time, an awaited timer may take to appear before the test is told which one did not.</summary>
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _armed = [];
    private readonly List<(Func<bool> IsMet, TaskCompletionSource Met)> _waits = [];
    private readonly DateTimeOffset _start;
    private TimeSpan _elapsed;
    private TimeSpan _wallOffset;
    private long _armings;
    private bool _isAdvancing;

    /// <summary>Starts the clock; the monotonic time is 0.</summary>
    /// <param name="start">What the wall clock shows; 2030-01-01 UTC when null.</param>
    public ManualTimeProvider(DateTimeOffset? start = null) =>
        _start = start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>The monotonic time since the start.</summary>
    public TimeSpan Elapsed
    {
        get { lock (_gate) return _elapsed; }
    }

    /// <summary>How many timers are armed.</summary>
    public int ArmedTimers
    {
        get { lock (_gate) return _armed.Count; }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => Elapsed.Ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _start + _elapsed + _wallOffset;
    }

    /// <summary>Moves the wall clock alone, forward or back, as an operator or NTP would. No timer notices.</summary>
    /// <param name="by">How far.</param>
    public void JumpWallClock(TimeSpan by)
    {
        lock (_gate) _wallOffset += by;
    }

    /// <summary>
    /// The machine is suspended and wakes: the monotonic clock has gone on, as one that counts suspends does, and no timer has, because timers
    /// stand still meanwhile. Each is still due as long from now as before.
    /// </summary>
    /// <param name="for">How long it slept.</param>
    public void Suspend(TimeSpan @for)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(@for, TimeSpan.Zero);
        lock (_gate)
        {
            _elapsed += @for;
            foreach (var timer in _armed)
                timer.DueAt += @for;
        }
    }

    /// <summary>
    /// Moves time forward and fires what becomes due on the way, including timers that are armed by what fires.
    /// </summary>
    /// <param name="by">How far; 0 fires what is due already.</param>
    /// <exception cref="InvalidOperationException">Another call is advancing: a test must have one driver.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan target;
        lock (_gate)
        {
            if (_isAdvancing)
                throw new InvalidOperationException("Time is being advanced already; a test must have one driver.");

            _isAdvancing = true;
            target = _elapsed + by;
        }

        try
        {
            while (TakeDue(target) is { } timer)
                timer.Fire();
            lock (_gate) _elapsed = target;
        }
        finally
        {
            lock (_gate)
            {
                _isAdvancing = false;
                CheckWaits();
            }
        }
    }

    /// <summary>Completes once a timer is armed that is due exactly this long from now.</summary>
    /// <param name="dueIn">How long from the current time.</param>
    public Task WhenTimerDueInAsync(TimeSpan dueIn) => WhenTimersDueInAsync(dueIn, 1);

    /// <summary>Completes once at least so many timers are armed that are due exactly this long from now.</summary>
    /// <param name="dueIn">How long from the current time.</param>
    /// <param name="count">How many.</param>
    public Task WhenTimersDueInAsync(TimeSpan dueIn, int count) =>
        WhenAsync(() => _armed.Count(timer => timer.DueAt == _elapsed + dueIn) >= count, $"{count} timers due in {dueIn}");

    /// <summary>Completes once at least so many timers are armed together.</summary>
    /// <param name="count">How many.</param>
    public Task WhenTimersArmedAsync(int count) => WhenAsync(() => _armed.Count >= count, $"{count} armed timers");

    /// <summary>Completes once no more than so many timers are armed.</summary>
    /// <param name="count">How many.</param>
    public Task WhenTimersAtMostAsync(int count) => WhenAsync(() => _armed.Count <= count, $"at most {count} armed timers");

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    internal bool Arm(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            if (timer.IsDisposed)
                return false;

            _armed.Remove(timer);
            timer.Period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                timer.DueAt = _elapsed + dueTime;
                timer.Arming = ++_armings;
                _armed.Add(timer);
            }

            CheckWaits();
            return true;
        }
    }

    internal void Remove(ManualTimer timer)
    {
        lock (_gate)
        {
            timer.IsDisposed = true;
            _armed.Remove(timer);
            CheckWaits();
        }
    }

    private ManualTimer? TakeDue(TimeSpan target)
    {
        lock (_gate)
        {
            if (FindDue(target) is not { } timer)
                return null;

            _armed.Remove(timer);
            if (timer.DueAt > _elapsed)
                _elapsed = timer.DueAt;
            if (timer.Period > TimeSpan.Zero)
            {
                timer.DueAt = _elapsed + timer.Period;
                timer.Arming = ++_armings;
                _armed.Add(timer);
            }

            CheckWaits();
            return timer;
        }
    }

    private ManualTimer? FindDue(TimeSpan target) =>
        _armed.Where(timer => timer.DueAt <= target).OrderBy(timer => timer.DueAt).ThenBy(timer => timer.Arming).FirstOrDefault();

    private async Task WhenAsync(Func<bool> isMet, string what)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waits.Add((isMet, met));
            CheckWaits();
        }

        try
        {
            await met.Task.WaitAsync(PatienceMax).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(string.Create(
                CultureInfo.InvariantCulture, $"There never was {what}. At {Elapsed} these are armed: {Describe()}."));
        }
    }

    private void CheckWaits()
    {
        foreach (var (_, met) in _waits.Where(wait => wait.IsMet()))
            met.TrySetResult();
        _waits.RemoveAll(wait => wait.Met.Task.IsCompleted);
    }

    private string Describe()
    {
        lock (_gate)
            return _armed.Count == 0 ? "none" : string.Join(", ", _armed.Select(timer => $"one due in {timer.DueAt - _elapsed}"));
    }
}
