namespace LockGrains.Testing;

/// <summary>
/// Time that stands still until a test moves it. Give it to <see cref="InMemoryLocks"/>, and to the code under test as its <see
/// cref="TimeProvider"/>. The clock goes from one timer to the next that is due, and moves on only when all that follows has come to rest:
/// whoever waits for a lock, holds one, or waits for this clock in code that <see cref="RunAsync(Func{Task})"/> started, waits again.
/// <para>
/// It does not see the thread pool: what <c>Task.Run</c> does there, and what awaits anything but this clock and the locks with
/// <c>ConfigureAwait(false)</c>. Code under test must not block a thread until something happens that needs the clock.
/// </para>
/// </summary>
public sealed class FakeClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly SortedSet<FakeTimer> _armed = new(FakeTimer.ByTurn);
    private readonly DateTimeOffset _start;
    private List<TaskCompletionSource> _atRest = [];
    private TimeSpan _elapsed;
    private long _armings;
    private (TimeSpan Target, TaskCompletionSource Done)? _advance;

    /// <summary>Makes a clock that stands still.</summary>
    /// <param name="start">What the wall clock shows; 2030-01-01 UTC when null.</param>
    public FakeClock(DateTimeOffset? start = null)
        : this(start, TimeSpan.FromMinutes(1))
    {
    }

    internal FakeClock(DateTimeOffset? start, TimeSpan guard)
    {
        _start = start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Pump = new Pump(GoOn, guard);
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    internal Pump Pump { get; }

    private TimeSpan Elapsed
    {
        get { lock (_gate) return _elapsed; }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => Elapsed.Ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start + Elapsed;

    /// <summary>
    /// Moves the clock. When the task completes, all that was due by then has happened, each thing at its own time, and what follows from it.
    /// </summary>
    /// <param name="by">How far; 0 to let what was begun come to rest.</param>
    /// <exception cref="InvalidOperationException">
    /// It is being moved already. Or nothing has come to rest for a minute of real time: most likely something blocks a thread.
    /// </exception>
    public Task AdvanceAsync(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_advance is not null)
                throw new InvalidOperationException("The clock is being moved already. Let one piece of code move it, and await that.");

            _advance = (_elapsed + by, done);
        }

        Pump.Wake();
        return Pump.WatchOverAsync(done.Task);
    }

    /// <summary>
    /// Runs code under test where the clock sees it: one step at a time, and the clock waits for each. Call it before you move the clock, and
    /// await the task after that.
    /// </summary>
    /// <param name="code">The code, up to its end.</param>
    /// <returns>A task that ends as the code does.</returns>
    public Task RunAsync(Func<Task> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        return RunAsync(async () =>
        {
            await code();
            return true;
        });
    }

    /// <summary>As <see cref="RunAsync(Func{Task})"/>, for code with a result.</summary>
    /// <typeparam name="T">What the code returns.</typeparam>
    /// <param name="code">The code, up to its end.</param>
    /// <returns>A task that ends as the code does.</returns>
    public Task<T> RunAsync<T>(Func<Task<T>> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        var flow = ExecutionContext.Capture();
        return Pump.RunAsync(Begin, Pump.Context);

        // The code has what flows from the test, such as its culture.
        Task<T> Begin()
        {
            if (flow is null)
                return code();

            Task<T>? begun = null;
            ExecutionContext.Run(flow, _ => begun = code(), null);
            return begun!;
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes when nothing is left to do before the clock moves.</summary>
    internal Task WhenAtRestAsync()
    {
        var atRest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) _atRest.Add(atRest);
        Pump.Wake();
        return Pump.WatchOverAsync(atRest.Task);
    }

    /// <summary>Arms a timer, or disarms it where its time is infinite.</summary>
    internal void Arm(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _armed.Remove(timer);
            timer.Period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
                Enter(timer, dueTime);
        }

        // What is due now does not wait until the clock is moved.
        if (dueTime == TimeSpan.Zero)
            Pump.Wake();
    }

    /// <summary>What comes next, when nothing else is to be done; null for nothing. Called by the pump.</summary>
    private Action? GoOn()
    {
        lock (_gate)
        {
            if (TakeDue(_elapsed) is { } due)
                return due.Fire;

            if (_atRest.Count > 0)
            {
                var waits = _atRest;
                _atRest = [];
                return () => waits.ForEach(Pump.Complete);
            }

            if (_advance is not { } advance)
                return null;

            if (TakeDue(advance.Target) is { } next)
                return next.Fire;

            (_elapsed, _advance) = (advance.Target, null);
            return () => Pump.Complete(advance.Done);
        }
    }

    private FakeTimer? TakeDue(TimeSpan by)
    {
        if (_armed.Min is not { } timer || timer.DueAt > by)
            return null;

        _armed.Remove(timer);
        _elapsed = timer.DueAt;
        if (timer.Period > TimeSpan.Zero)
            Enter(timer, timer.Period);
        return timer;
    }

    private void Enter(FakeTimer timer, TimeSpan dueTime)
    {
        (timer.DueAt, timer.Arming) = (_elapsed + dueTime, ++_armings);
        _armed.Add(timer);
    }
}
