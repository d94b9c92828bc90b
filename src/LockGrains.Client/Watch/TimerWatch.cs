namespace LockGrains;

/// <summary>The timers of a clock that the program gave. What follows from an alarm happens where that clock rings it.</summary>
internal sealed class TimerWatch(TimeProvider time) : IWatch
{
    public TimeSpan Notice => TimeSpan.Zero;

    public TimeSpan PoolPatience => TimeSpan.Zero;

    public bool IsPoolStalled => false;

    public ITimer CreateAlarm(TimerCallback callback, object state)
    {
        if (ExecutionContext.IsFlowSuppressed())
            return Create();

        // An alarm lives as long as its lease, and must not drag its maker's request along.
        using (ExecutionContext.SuppressFlow()) return Create();

        ITimer Create() => time.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Run(Action work) => work();

    public void Warn()
    {
    }

    public Task Cancel(CancellationTokenSource source, Action<Exception> onThrew) => this.CancelNow(source, onThrew);
}
