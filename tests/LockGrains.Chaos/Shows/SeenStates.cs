namespace LockGrains.Chaos;

/// <summary>What a watcher of a lock has shown, and when.</summary>
internal sealed class SeenStates : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private (LockInfo Info, long At)? _latest;
    private LockInfo? _known;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SeenStates(ILockClient locks, string key) => _ = WatchAsync(locks, key);

    /// <summary>How many states were older than one before: their largest token was a smaller one, or somebody held who did not hold any more.</summary>
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
                if (_latest is { } last && last.Info.Known && isMet(last.Info))
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
            if (info.Known && _known is { } before && IsOlder(info, before))
                Stale++;
            _known = info.Known ? info : _known;
            _latest = (info, Clock.Now);
            (more, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        more.TrySetResult();
    }

    private static bool IsOlder(LockInfo info, LockInfo before) => info.LastFencingToken < before.LastFencingToken
        || info.Holders.Any(holder => holder.FencingToken <= before.LastFencingToken && before.Holders.All(former => former.FencingToken != holder.FencingToken));
}
