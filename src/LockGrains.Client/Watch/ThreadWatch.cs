namespace LockGrains;

/// <summary>
/// Alarms on a thread of our own, and a way to the program's callbacks that does not depend on the thread pool.
/// <para>
/// Callbacks begin on the pool, where those who wrote them expect them. If the pool has not begun them within <see
/// cref="PoolPatience"/>, a thread of ours does. A loss by the clock is known before: <see cref="Notice"/> earlier the pool is asked
/// whether it begins anything, and a thread is made. If there is no answer in that patience, the loss is told then, on that thread, and not
/// when the deadline has come: what else runs on a machine like that may take the rest.
/// </para>
/// </summary>
internal sealed class ThreadWatch : IWatch
{
    private readonly Action<IThreadPoolWorkItem> _queueToPool;
    private readonly AlarmClock _clock;
    private readonly PoolPulse _pulse;
    private readonly RescueThreads _rescue = new();

    /// <summary>Makes one; tests alone have another than the process's.</summary>
    public ThreadWatch(AlarmClock clock, Action<IThreadPoolWorkItem> queueToPool)
    {
        _clock = clock;
        _queueToPool = queueToPool;
        _pulse = new PoolPulse(queueToPool);
    }

    /// <summary>The one of this process, for all its clients.</summary>
    public static ThreadWatch Instance { get; } = new(
        new AlarmClock((ISleeper?)BootTimeSleeper.TryCreate() ?? new MonitorSleeper()),
        static work => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false));

    public TimeSpan Notice { get; } = TimeSpan.FromMilliseconds(150);

    public TimeSpan PoolPatience { get; } = TimeSpan.FromMilliseconds(50);

    public bool IsPoolStalled => _pulse.IsLate;

    public ITimer CreateAlarm(TimerCallback callback, object state) => _clock.CreateAlarm(callback, state);

    public void Run(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false);

    public void Warn()
    {
        _pulse.Ask();
        _rescue.Prepare();
    }

    public Task Cancel(CancellationTokenSource source, Action<Exception> onThrew)
    {
        var telling = new Telling(source, onThrew);
        if (IsPoolStalled)
        {
            _rescue.Add(telling);
            return telling.Done;
        }

        telling.Patience = _clock.CreateAlarm(
            static state =>
            {
                var (watch, telling) = ((ThreadWatch, Telling))state!;
                if (!telling.HasBegun)
                    watch._rescue.Add(telling);
            },
            (this, telling));
        telling.Patience.Change(PoolPatience, Timeout.InfiniteTimeSpan);
        _queueToPool(telling);
        return telling.Done;
    }
}
