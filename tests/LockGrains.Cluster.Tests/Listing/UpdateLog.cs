namespace LockGrains.Cluster.Tests;

/// <summary>What one who watches a prefix knows, update after update.</summary>
internal sealed class UpdateLog : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LockSummary> _locks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;

    private UpdateLog(ILockClient locks, string prefix) => _watching = Task.Run(() => WatchAsync(locks, prefix));

    /// <summary>Begins to watch.</summary>
    public static UpdateLog Start(ILockClient locks, string prefix) => new(locks, prefix);

    /// <summary>Waits until a lock is known to be as wanted; null stands for one that is gone.</summary>
    public Task WhenAsync(string key, Func<LockSummary?, bool> isWanted, string what) => Eventually.BecomesAsync(
        () =>
        {
            lock (_gate)
                return Task.FromResult(isWanted(_locks.GetValueOrDefault(key)) && (_locks.ContainsKey(key) || _gone.Contains(key)));
        },
        isThere => isThere,
        what);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync(ILockClient locks, string prefix)
    {
        try
        {
            await foreach (var update in locks.WatchPrefixAsync(prefix, _end.Token))
                Take(update);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
        }
    }

    private void Take(LockListUpdate update)
    {
        lock (_gate)
        {
            foreach (var summary in update.Changed)
                _locks[summary.Key] = summary;
            foreach (var key in update.Gone)
            {
                _locks.Remove(key);
                _gone.Add(key);
            }
        }
    }
}
