namespace LockGrains.Cluster.Tests;

/// <summary>All states of a lock that one watcher is given, in their order, and when each came.</summary>
internal sealed class StateLog : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<LockInfo> _states = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;
    private TaskCompletionSource _next = NewSignal();

    private StateLog(ILockClient locks, string key) => _watching = Task.Run(() => WatchAsync(locks, key));

    /// <summary>Begins to watch.</summary>
    public static StateLog Start(ILockClient locks, string key) => new(locks, key);

    public IReadOnlyList<LockInfo> States
    {
        get
        {
            lock (_gate)
                return [.. _states];
        }
    }

    /// <summary>The first state that is as wanted, from the last one on.</summary>
    public async Task<LockInfo> WhenAsync(Func<LockInfo, bool> isWanted, string what)
    {
        var from = Math.Max(0, States.Count - 1);
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_states.Skip(from).FirstOrDefault(isWanted) is { } state)
                    return state;
                next = _next.Task;
            }

            await next.WithinPatienceAsync($"{what}; the last state was {(States is [.., var last] ? last : null)}");
        }
    }

    /// <summary>No state is older than the one before: fencing tokens only grow, and no hold comes back that has gone.</summary>
    public void AssertNeverOlder()
    {
        LockInfo[] states = [.. States.Where(state => state.Known)];
        Assert.Equal(states.Select(state => state.LastFencingToken).Order(), states.Select(state => state.LastFencingToken));
        var gone = new HashSet<long>();
        foreach (var (before, after) in states.Zip(states.Skip(1)))
        {
            var now = after.Holders.Select(holder => holder.FencingToken).ToHashSet();
            Assert.Empty(now.Intersect(gone));
            gone.UnionWith(before.Holders.Select(holder => holder.FencingToken).Except(now));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync(ILockClient locks, string key)
    {
        try
        {
            await foreach (var state in locks.WatchAsync(key, _end.Token))
                Add(state);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
        }
    }

    private void Add(LockInfo state)
    {
        TaskCompletionSource next;
        lock (_gate)
        {
            _states.Add(state);
            (next, _next) = (_next, NewSignal());
        }

        next.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
