using System.Globalization;

namespace LockGrains;

/// <summary>
/// Tells of the failures of one cause so that an outage is a few lines of the log, however many locks it meets and however often they are
/// asked for: the first failure at once, then every 10 s the latest with how many more there were, and the end. One for a cause in a
/// silo or a client, never for a key. Safe for many threads.
/// </summary>
/// <typeparam name="T">What is known of a failure.</typeparam>
/// <param name="timeProvider">The clock, and the timer of the next line.</param>
/// <param name="tell">Logs a failure.</param>
/// <param name="tellEnd">Logs the end of an outage; null where nothing tells that it is over.</param>
/// <param name="calm">
/// How long nothing must have failed before a success is the end; 1 s when null, since some calls succeed while others still fail.
/// </param>
internal sealed class OutageLog<T>(
    TimeProvider timeProvider, Action<T, OutageLine> tell, Action<OutageLine>? tellEnd = null, TimeSpan? calm = null) : IDisposable
{
    /// <summary>The time from one line to the next. An outage that is back sooner goes on.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _calm = calm ?? TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private bool _isOn;
    private bool _isTold;
    private int _failures;
    private int _untold;
    private T _latest = default!;
    private long _beganAt;
    private long _failedAt;
    private long? _toldAt;
    private ITimer? _timer;
    private bool _isDisposed;

    public void Fails(T failure)
    {
        OutageLine line;
        lock (_gate)
        {
            if (_isDisposed)
                return;

            _failedAt = timeProvider.GetTimestamp();
            if (!_isOn)
                (_beganAt, _failures, _isTold) = (_failedAt, 0, false);
            Volatile.Write(ref _isOn, true);
            _failures++;
            var wait = Period - SinceTold(_failedAt);
            if (wait > TimeSpan.Zero)
            {
                _latest = failure;
                if (++_untold == 1)
                    SetTimer(wait);
                return;
            }

            // More have gathered only where the timer is late.
            line = _untold == 0 ? default : new OutageLine(_untold, SinceTold(_failedAt));
            (_untold, _latest, _isTold, _toldAt) = (0, default!, true, _failedAt);
        }

        tell(failure, line);
    }

    /// <summary>Notes a success. Costs next to nothing where nothing had failed.</summary>
    public void Succeeds()
    {
        if (!Volatile.Read(ref _isOn))
            return;

        OutageLine end;
        lock (_gate)
        {
            var now = timeProvider.GetTimestamp();
            if (!_isOn || timeProvider.GetElapsedTime(_failedAt, now) < _calm)
                return;

            Volatile.Write(ref _isOn, false);

            // It was never told, because the one before had just been: it is told with the next line that is due, or not at all.
            if (!_isTold)
                return;

            end = new OutageLine(_failures, timeProvider.GetElapsedTime(_beganAt, now));
            (_untold, _latest, _toldAt) = (0, default!, now);
        }

        tellEnd?.Invoke(end);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private TimeSpan SinceTold(long now) => _toldAt is { } toldAt ? timeProvider.GetElapsedTime(toldAt, now) : TimeSpan.MaxValue;

    private void OnTimer()
    {
        T latest;
        OutageLine line;
        lock (_gate)
        {
            if (_untold == 0 || _isDisposed)
                return;

            var now = timeProvider.GetTimestamp();
            (latest, line) = (_latest, new OutageLine(_untold - 1, SinceTold(now)));
            (_untold, _latest, _isTold, _toldAt) = (0, default!, true, now);
        }

        tell(latest, line);
    }

    private void SetTimer(TimeSpan due)
    {
        // It outlives the call that happens to make it, and must not carry that call's context along.
        using var noFlow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        _timer ??= timeProvider.CreateTimer(static log => ((OutageLog<T>)log!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }
}

/// <summary>How many failures there were, and in which time; ends a line of the log.</summary>
/// <param name="Count">How many, beside the one that the line is about.</param>
/// <param name="Within">In which time; 0 for a failure that is told at once.</param>
internal readonly record struct OutageLine(int Count, TimeSpan Within)
{
    /// <summary>Whether it is told at once, and so in full.</summary>
    public bool IsFirst => Within == TimeSpan.Zero;

    public double Seconds => Math.Round(Within.TotalSeconds, 1);

    /// <inheritdoc/>
    public override string ToString() => Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" … {Count} more in {Within.TotalSeconds:0} s");
}
