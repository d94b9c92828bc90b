namespace LockGrains.Core;

/// <summary>
/// The calls that watch a key in this activation. Each is told once, the present state: when that has changed, or when its slice is over. Nothing
/// is kept for one that comes back late, so all changes in between are one.
/// </summary>
internal sealed class Watchers
{
    private const int Spare = 64;

    private readonly HashSet<Watch> _watches = [];

    // Those of calls that were told early stay here for a while, and are passed over.
    private readonly PriorityQueue<Watch, TimeSpan> _ends = new();

    // The count of changes that all know who watch, but for those who know nothing.
    private long _known;
    private bool _isOwed;

    /// <summary>How many watch.</summary>
    public int Count => _watches.Count;

    /// <summary>Begins to watch.</summary>
    /// <param name="watch">The call.</param>
    /// <param name="isTold">Whether it knows the present state; otherwise it is to be told at once.</param>
    /// <param name="changes">The count of changes now.</param>
    public void Add(Watch watch, bool isTold, long changes)
    {
        if (_watches.Count == 0)
            (_known, _isOwed) = (changes, false);
        _isOwed |= !isTold;
        _watches.Add(watch);
        _ends.Enqueue(watch, watch.Until);
        if (_ends.Count > (2 * _watches.Count) + Spare)
            ForgetTold();
    }

    /// <summary>A caller has gone.</summary>
    public void Remove(Watch watch) => _watches.Remove(watch);

    /// <summary>When somebody is to be told; <see cref="TimeSpan.Zero"/> for at once.</summary>
    /// <param name="changes">The count of changes now.</param>
    public TimeSpan NextDue(long changes)
    {
        if (_watches.Count == 0)
            return TimeSpan.MaxValue;
        if (_isOwed || changes != _known)
            return TimeSpan.Zero;
        while (_ends.TryPeek(out var watch, out var at))
        {
            if (_watches.Contains(watch))
                return at;
            _ends.Dequeue();
        }

        return TimeSpan.MaxValue;
    }

    /// <summary>Tells all who are to be told by now.</summary>
    /// <param name="changes">The count of changes that the reply shows.</param>
    /// <param name="now">The time.</param>
    /// <param name="reply">The present state.</param>
    public void Tell(long changes, TimeSpan now, WatchReply reply)
    {
        if (_isOwed || changes != _known)
        {
            TellAll(reply);
            return;
        }

        while (_ends.TryPeek(out var watch, out var at) && at <= now)
        {
            _ends.Dequeue();
            if (_watches.Remove(watch))
                watch.Tell(reply);
        }
    }

    public void TellAll(WatchReply reply)
    {
        foreach (var watch in _watches)
            watch.Tell(reply);
        _watches.Clear();
        _ends.Clear();
    }

    private void ForgetTold()
    {
        _ends.Clear();
        _ends.EnqueueRange(_watches.Select(static watch => (watch, watch.Until)));
    }
}

/// <summary>One call that watches a key.</summary>
/// <param name="until">When its slice is over.</param>
internal sealed class Watch(TimeSpan until)
{
    // Continuations run later, on the scheduler: a caller must not run in the middle of a step.
    private readonly TaskCompletionSource<WatchReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TimeSpan Until => until;

    public Task<WatchReply> Task => _reply.Task;

    /// <summary>One that has its reply.</summary>
    public static Watch Told(WatchReply reply)
    {
        var watch = new Watch(TimeSpan.Zero);
        watch.Tell(reply);
        return watch;
    }

    public void Tell(WatchReply reply) => _reply.TrySetResult(reply);

    public void Cancel(CancellationToken cancellationToken) => _reply.TrySetCanceled(cancellationToken);
}
