namespace LockGrains.Cli.Tests.Guarding;

/// <summary>Sleeps until a test wakes it.</summary>
internal sealed class FakeSleeper : ISleeper
{
    private readonly object _gate = new();
    private int _wakes;

    /// <summary>What it was last set to; null for never.</summary>
    public TimeSpan? Delay { get; private set; }

    public void Sleep()
    {
        lock (_gate)
        {
            while (_wakes == 0)
                Monitor.Wait(_gate);
            _wakes--;
        }
    }

    public void WakeIn(TimeSpan? delay) => Delay = delay;

    public void Wake()
    {
        lock (_gate)
        {
            _wakes++;
            Monitor.Pulse(_gate);
        }
    }
}
