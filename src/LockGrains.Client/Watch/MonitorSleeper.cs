namespace LockGrains;

/// <summary>Sleeps on a monitor, which every system has.</summary>
internal sealed class MonitorSleeper : ISleeper
{
    // The longest that a monitor waits at a time.
    private static readonly TimeSpan StretchMax = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly object _gate = new();
    private long _setAt;
    private TimeSpan? _delay;

    public void Sleep()
    {
        lock (_gate)
        {
            while (GetRest() is var rest && rest > TimeSpan.Zero)
                Monitor.Wait(_gate, rest < StretchMax ? rest : StretchMax);
        }
    }

    public void WakeIn(TimeSpan? delay)
    {
        lock (_gate)
        {
            (_setAt, _delay) = (TimeProvider.System.GetTimestamp(), delay);
            Monitor.Pulse(_gate);
        }
    }

    // Rounded up, since a monitor counts whole milliseconds: no spinning through the last one.
    private TimeSpan GetRest() => _delay is { } delay
        ? TimeSpan.FromMilliseconds(Math.Ceiling((delay - TimeProvider.System.GetElapsedTime(_setAt)).TotalMilliseconds))
        : StretchMax;
}
