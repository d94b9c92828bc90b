namespace LockGrains.Core;

/// <summary>
/// One timer for all deadlines of an activation. It may fire early, and is then set again: that is cheaper than setting it at every step.
/// </summary>
internal sealed class DeadlineTimer(ActivationClock clock, Action onDue)
{
    // A timer takes no longer time.
    private static readonly TimeSpan DelayMax = TimeSpan.FromDays(40);

    private ITimer? _timer;
    private TimeSpan _due = TimeSpan.MaxValue;

    /// <summary>Sees to it that the timer fires no later than an instant.</summary>
    public void SetBy(TimeSpan due)
    {
        if (due >= _due)
            return;
        _due = due;
        var delay = due - clock.Elapsed;
        delay = delay < TimeSpan.Zero ? TimeSpan.Zero : delay < DelayMax ? delay : DelayMax;
        if (_timer is not null)
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
        else
            _timer = Create(delay);
    }

    /// <summary>It has fired, and is to be set again.</summary>
    public void Fired() => _due = TimeSpan.MaxValue;

    public void End() => _timer?.Dispose();

    private ITimer Create(TimeSpan delay)
    {
        // The timer outlives the call that happens to make it, and must not carry that call's context along.
        using var noFlow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        return clock.TimeProvider.CreateTimer(static fired => ((Action)fired!)(), onDue, delay, Timeout.InfiniteTimeSpan);
    }
}
