namespace LockGrains;

/// <summary>The locks of one client: those that are held by an owner, and those that are kept though their owner is done with them.</summary>
internal sealed class KeeperSet
{
    private readonly Lock _gate = new();
    private readonly HashSet<LeaseKeeper> _held = [];
    private readonly HashSet<LeaseKeeper> _kept = [];
    private readonly List<(HashSet<LeaseKeeper> Left, TaskCompletionSource Done)> _waits = [];
    private readonly TaskCompletionSource _noneHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;

    /// <summary>Those that are held.</summary>
    public LeaseKeeper[] Held
    {
        get { lock (_gate) return [.. _held]; }
    }

    public int HeldCount
    {
        get { lock (_gate) return _held.Count; }
    }

    /// <summary>Adds one; false when the client has stopped meanwhile.</summary>
    public bool TryAdd(LeaseKeeper keeper)
    {
        lock (_gate) return !_isClosed && _held.Add(keeper);
    }

    /// <summary>Its owner is done with it, and it is kept.</summary>
    public void OnKept(LeaseKeeper keeper)
    {
        lock (_gate)
        {
            if (_held.Remove(keeper))
                _kept.Add(keeper);
            TellThatNobodyHolds(keeper);
        }
    }

    public void Remove(LeaseKeeper keeper)
    {
        lock (_gate)
        {
            _held.Remove(keeper);
            _kept.Remove(keeper);
            TellThatNobodyHolds(keeper);
        }
    }

    /// <summary>Those that are held now, with what completes when none of them is held any more. Others may come meanwhile.</summary>
    public (LeaseKeeper[] Held, Task Done) AwaitHeld()
    {
        lock (_gate)
        {
            if (_held.Count == 0)
                return ([], Task.CompletedTask);

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add(([.. _held], done));
            return ([.. _held], done.Task);
        }
    }

    /// <summary>Takes no more, and completes when none is held.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            TellIfNoneIsHeld();
            return _noneHeld.Task;
        }
    }

    /// <summary>Leaves all to their leases.</summary>
    /// <returns>Those that an owner still held.</returns>
    public LeaseKeeper[] LeaveAll()
    {
        LeaseKeeper[] held, kept;
        lock (_gate) (held, kept) = ([.. _held], [.. _kept]);
        foreach (var keeper in held)
            keeper.Leave();
        foreach (var keeper in kept)
            keeper.Leave();
        return held;
    }

    private void TellThatNobodyHolds(LeaseKeeper keeper)
    {
        TellIfNoneIsHeld();
        foreach (var (left, done) in _waits)
        {
            if (left.Remove(keeper) && left.Count == 0)
                done.TrySetResult();
        }
    }

    private void TellIfNoneIsHeld()
    {
        if (_isClosed && _held.Count == 0)
            _noneHeld.TrySetResult();
    }
}
