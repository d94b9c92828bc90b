namespace LockGrains.Core;

/// <summary>When what is decided must be written, at the latest: the lock record, and the chunks of the queue.</summary>
internal sealed class DueWrites
{
    private bool _isHurried;

    /// <summary>When the lock record is due; <see cref="TimeSpan.MaxValue"/> while storage has what was decided.</summary>
    public TimeSpan Record { get; private set; } = TimeSpan.MaxValue;

    /// <summary>When the next flush of the queue is due; <see cref="TimeSpan.MaxValue"/> for none.</summary>
    public TimeSpan Queue { get; private set; } = TimeSpan.MaxValue;

    public void RecordBy(TimeSpan at) => Record = Earlier(Record, at);

    public void QueueBy(TimeSpan at) => Queue = Earlier(Queue, at);

    public void RecordAtOnce() => Record = TimeSpan.Zero;

    public void QueueAtOnce() => Queue = TimeSpan.Zero;

    /// <summary>A write of the record begins, with all that was decided.</summary>
    public void RecordBegins() => Record = TimeSpan.MaxValue;

    /// <summary>A flush begins, with all that has changed.</summary>
    public void FlushBegins() => Queue = TimeSpan.MaxValue;

    /// <summary>From now on nothing waits for its delay.</summary>
    public void Hurry()
    {
        _isHurried = true;
        if (Record != TimeSpan.MaxValue)
            Record = TimeSpan.Zero;
        if (Queue != TimeSpan.MaxValue)
            Queue = TimeSpan.Zero;
    }

    private TimeSpan Earlier(TimeSpan due, TimeSpan at) => _isHurried ? TimeSpan.Zero : at < due ? at : due;
}
