namespace LockGrains.Core;

/// <summary>
/// How fast the queue of a key moves: a moving average of the time from one grant to the next one that somebody had to wait for. It counts
/// grants, so it is right for every mode. In memory only: an activation that is new does not know it.
/// </summary>
internal sealed class Pace
{
    /// <summary>How many times there must be: fewer say nothing.</summary>
    private const int CountMin = 3;

    /// <summary>How many times the average spans: enough to be steady, and few enough to follow a change.</summary>
    private const int Span = 8;

    private TimeSpan? _grantedAt;
    private double _meanTicks;
    private int _count;

    /// <summary>The average; null while it is not known.</summary>
    public TimeSpan? Mean => EstimateFor(place: 1);

    /// <summary>Somebody was granted the lock.</summary>
    /// <param name="hasWaited">Whether it was in the queue. Where nobody waits, the time between two grants says nothing of the queue.</param>
    /// <param name="at">When.</param>
    public void OnGranted(bool hasWaited, TimeSpan at)
    {
        if (hasWaited && _grantedAt is { } before)
        {
            _count = Math.Min(_count + 1, Span);
            _meanTicks += ((at - before).Ticks - _meanTicks) / _count;
        }

        _grantedAt = at;
    }

    /// <summary>How long one who has a place will probably wait; null while nobody can say.</summary>
    /// <param name="place">The place, 1 for the next in line.</param>
    public TimeSpan? EstimateFor(int place)
    {
        var ticks = _meanTicks * place;
        return _count < CountMin || ticks >= TimeSpan.MaxValue.Ticks ? null : TimeSpan.FromTicks((long)ticks);
    }
}
