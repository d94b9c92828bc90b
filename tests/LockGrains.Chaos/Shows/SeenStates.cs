namespace LockGrains.Chaos;

/// <summary>What a watcher of a lock has shown, and when.</summary>
internal sealed class SeenStates : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private readonly List<(LockInfo Info, long At)> _states = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _largest;

    public SeenStates(ILockClient locks, string key) => _ = WatchAsync(locks, key);

    /// <summary>How many states were older than one before: their largest token was a smaller one.</summary>
    public int Stale { get; private set; }

    /// <summary>Waits until the latest state that is shown is as it should be.</summary>
    /// <returns>When that was first so, in seconds after a time; 0 when it was so before that.</returns>
    public async Task<double> DelayAsync(Func<LockInfo, bool> isMet, long since, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_states is [.., var last] && last.Info.Known && isMet(last.Info))
                    return Math.Max(0, Clock.Seconds(last.At - since));
                more = _more.Task;
            }

            await more.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (late.IsCancellationRequested)
                throw new ChaosException($"the watcher did not show the state within {patience.TotalSeconds:0} s");
        }
    }

    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    private async Task WatchAsync(ILockClient locks, string key)
    {
        try
        {
            await foreach (var info in locks.WatchAsync(key, _ending.Token))
                Add(info);
        }
        catch (OperationCanceledException)
        {
            // It was disposed.
        }
    }

    private void Add(LockInfo info)
    {
        TaskCompletionSource more;
        lock (_gate)
        {
            if (info.Known && info.LastFencingToken < _largest)
                Stale++;
            _largest = Math.Max(_largest, info.LastFencingToken);
            _states.Clear();
            _states.Add((info, Clock.Now));
            (more, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        more.TrySetResult();
    }
}
