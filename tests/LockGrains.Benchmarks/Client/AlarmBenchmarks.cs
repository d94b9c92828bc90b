using BenchmarkDotNet.Attributes;

namespace LockGrains.Benchmarks;

/// <summary>
/// What a renewal takes of the client's clock, beside a timer of the system: the alarm that was due first is set to be due last, among so
/// many. None of them rings meanwhile.
/// </summary>
public class AlarmBenchmarks
{
    private static readonly TimeSpan Far = TimeSpan.FromHours(2);
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(10);

    private ITimer[] _alarms = [];
    private ITimer[] _timers = [];
    private long _alarm;
    private long _timer;

    [Params(1, 1_000, 100_000)]
    public int Armed { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _alarms = new ITimer[Armed];
        _timers = new ITimer[Armed];
        for (var index = 0; index < Armed; index++)
        {
            _alarms[index] = ThreadWatch.Instance.CreateAlarm(static _ => { }, this);
            _timers[index] = TimeProvider.System.CreateTimer(static _ => { }, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            SetNext(_alarms, ref _alarm);
            SetNext(_timers, ref _timer);
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        foreach (var timer in _alarms.Concat(_timers))
            timer.Dispose();
    }

    [Benchmark(Description = "alarm of the client's clock, set anew")]
    public bool Alarm() => SetNext(_alarms, ref _alarm);

    [Benchmark(Description = "timer of the system, set anew")]
    public bool Timer() => SetNext(_timers, ref _timer);

    private bool SetNext(ITimer[] timers, ref long next)
    {
        var delay = Far + (Spread * (next % (8L * Armed)) / Armed);
        return timers[next++ % Armed].Change(delay, Timeout.InfiniteTimeSpan);
    }
}
