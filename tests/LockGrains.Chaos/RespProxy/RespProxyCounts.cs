namespace LockGrains.Chaos;

/// <summary>How often each thing was done. Whoever has to wait for one of them awaits it here.</summary>
internal sealed class RespProxyCounts
{
    private readonly Lock _gate = new();
    private readonly long[] _byMode = new long[Enum.GetValues<RespProxyMode>().Length];
    private readonly List<(Func<bool> IsMet, TaskCompletionSource Met)> _waits = [];
    private long _connections;
    private long _requests;
    private long _lateApplied;
    private long _lateRefused;

    /// <summary>Connections accepted.</summary>
    public long Connections => Read(ref _connections);

    /// <summary>Requests read from clients, whatever became of them.</summary>
    public long Requests => Read(ref _requests);

    /// <summary>Late writes that Redis carried out.</summary>
    public long LateApplied => Read(ref _lateApplied);

    /// <summary>Late writes that Redis refused: with an error, or because the ETag was another one by then.</summary>
    public long LateRefused => Read(ref _lateRefused);

    /// <summary>How often a mode was applied: to a request; or, where it is one of connections, how often it stopped or slowed something.</summary>
    public long this[RespProxyMode mode] => Read(ref _byMode[(int)mode]);

    /// <summary>Completes once a mode was applied so often.</summary>
    public Task WhenAsync(RespProxyMode mode, long count) => WhenAsync(counts => counts[mode] >= count);

    /// <summary>Completes once a condition holds that depends on these counts.</summary>
    public Task WhenAsync(Func<RespProxyCounts, bool> isMet)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (isMet(this))
                met.TrySetResult();
            else
                _waits.Add((() => isMet(this), met));
        }

        return met.Task;
    }

    public void AddConnection() => Add(ref _connections);

    public void AddRequest() => Add(ref _requests);

    public void Add(RespProxyMode mode) => Add(ref _byMode[(int)mode]);

    public void AddLate(byte[] reply)
    {
        if (RespFrame.IsError(reply) || reply.AsSpan().SequenceEqual(":-1\r\n"u8))
            Add(ref _lateRefused);
        else
            Add(ref _lateApplied);
    }

    private static long Read(ref long count) => Interlocked.Read(ref count);

    private void Add(ref long count)
    {
        lock (_gate)
        {
            count++;
            if (_waits.Count == 0)
                return;
            foreach (var (_, met) in _waits.Where(wait => wait.IsMet()))
                met.TrySetResult();
            _waits.RemoveAll(wait => wait.Met.Task.IsCompleted);
        }
    }
}
