using LockGrains.TestKit;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>
/// Time that, whenever a timer fires, lets the scheduler run until it is quiet before it moves on: so whatever becomes due on the way
/// happens at its own instant, and the timers that it arms still fire in time.
/// </summary>
internal sealed class SteppedTimeProvider(ManualTimeProvider time, DeterministicScheduler scheduler) : TimeProvider
{
    /// <summary>No story needs as many timers at one instant: something wakes itself up without end.</summary>
    private const int FiringsPerInstantMax = 50;

    private TimeSpan _firedAt;
    private int _firingsNow;

    /// <summary>How many timers were made.</summary>
    public int TimersMade { get; private set; }

    /// <summary>How often a timer fired.</summary>
    public int Firings { get; private set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => time.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        TimersMade++;
        return time.CreateTimer(OnFired, null, dueTime, period);

        void OnFired(object? ignored)
        {
            Count();
            callback(state);
            scheduler.Run();
        }
    }

    private void Count()
    {
        Firings++;
        _firingsNow = time.Elapsed == _firedAt ? _firingsNow + 1 : 1;
        _firedAt = time.Elapsed;
        if (_firingsNow > FiringsPerInstantMax)
            throw new InvalidOperationException($"At {_firedAt} timers have fired {_firingsNow} times: a coordinator keeps waking itself up.");
    }
}
