using LockGrains.Core;

namespace LockGrains.Testing;

/// <summary>The locks in memory: a coordinator for each key, as a silo has. They share one scheduler, which does one thing at a time.</summary>
internal sealed class LockTable(FakeClock? clock) : ISessionProbe
{
    private readonly TaskScheduler _scheduler = clock?.Pump.Scheduler ?? new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
    private readonly Dictionary<LockName, (LockCoordinator Coordinator, MemoryStore Store)> _locks = [];
    private readonly List<(LockName Key, Func<LockInfo, bool> IsMet, TaskCompletionSource<LockInfo> Met)> _waits = [];
    private readonly Dictionary<string, SessionWords> _words = new(StringComparer.Ordinal);
    private long _activations;
    private bool _isOver;

    /// <summary>Asks a lock something.</summary>
    /// <param name="key">The key.</param>
    /// <param name="call">What to ask; begun on the locks' scheduler, with the key's coordinator.</param>
    /// <param name="onReply">Is given what came of it, outside of that scheduler.</param>
    public void Call<T>(LockName key, Func<LockCoordinator, Task<T>> call, Action<Task<T>> onReply) => Begin(async () =>
    {
        var made = Start();
        await ((Task)made).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (clock is null)
            onReply(made);
        else
            clock.Pump.Post(() => onReply(made));

        Task<T> Start()
        {
            try
            {
                return call(Find(key));
            }
            catch (ObjectDisposedException exception)
            {
                return Task.FromException<T>(exception);
            }
        }
    });

    /// <summary>Lists locks. They are all in one place, which always replies.</summary>
    /// <param name="request">Which locks, checked.</param>
    /// <param name="onReply">Is given the page, outside of the locks' scheduler.</param>
    public void List(LockListRequest request, Action<Task<LockListPage>> onReply) => Begin(() =>
    {
        var made = _isOver ? Task.FromException<LockListPage>(new ObjectDisposedException(nameof(InMemoryLocks))) : Task.FromResult(Choose(request));
        if (clock is null)
            onReply(made);
        else
            clock.Pump.Post(() => onReply(made));
        return Task.CompletedTask;
    });

    /// <summary>Completes when a lock is as somebody waits for it to be.</summary>
    public Task<LockInfo> WhenAsync(LockName key, Func<LockInfo, bool> isMet)
    {
        var met = new TaskCompletionSource<LockInfo>(TaskCreationOptions.RunContinuationsAsynchronously);
        Begin(() =>
        {
            _waits.Add((key, isMet, met));
            return CheckAsync(key);
        });
        return met.Task;
    }

    /// <summary>Ends all locks: whoever still waits for one is told that nobody knows.</summary>
    public void Stop() => Begin(() =>
    {
        _isOver = true;
        foreach (var (_, _, met) in _waits)
            met.TrySetException(new ObjectDisposedException(nameof(InMemoryLocks)));
        return Task.WhenAll(_locks.Values.Select(one => one.Coordinator.StopAsync()));
    });

    /// <summary>Asks a session's lock, on the scheduler that all of them share.</summary>
    public async Task<bool> HasEndedAsync(SessionRef session, TimeSpan wait, CancellationToken cancellationToken) =>
        await Find(new LockName(LockSpace.Session, session.Id)).AwaitEndAsync(session.Token, wait, cancellationToken)
        ?? throw new InvalidOperationException("Nobody can say.");

    /// <summary>Adds to the reply to a heartbeat what its session is to be told; on the locks' scheduler.</summary>
    public RenewReply AddWords(LockName name, RenewReply reply) =>
        name.Space == LockSpace.Session && _words.TryGetValue(name.Key, out var words) ? words.AddTo(reply) : reply;

    private void LeaveWord(string session, string key)
    {
        if (!_words.TryGetValue(session, out var words))
            _words[session] = words = new SessionWords();
        words.Leave(key);
    }

    private void Begin(Func<Task> work) => _ = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);

    private LockListPage Choose(LockListRequest request)
    {
        var selection = new LockSelection(request);
        foreach (var (name, one) in _locks)
        {
            var isWanted = name.Space == LockSpace.Lock && selection.Wants(name.Key);
            if (isWanted && one.Coordinator.Summarize(name.Key, request.State) is { } summary)
                selection.Add(summary);
        }

        return selection.ToPage(siloCount: 1, silosMissing: []);
    }

    private LockCoordinator Find(LockName key)
    {
        ObjectDisposedException.ThrowIf(_isOver, typeof(InMemoryLocks));
        var isThere = _locks.TryGetValue(key, out var one);
        if (isThere && one.Coordinator.IsAlive)
            return one.Coordinator;

        var store = isThere ? one.Store : new MemoryStore();
        var coordinator = new LockCoordinator(
            store, clock ?? TimeProvider.System, new LockPolicy(), new Observer(this, key), identity: ++_activations, sessions: key.Space == LockSpace.Lock ? this : null);
        _locks[key] = (coordinator, store);
        return coordinator;
    }

    private async Task CheckAsync(LockName key)
    {
        if (_isOver || !_waits.Exists(wait => wait.Key == key))
            return;

        var info = await Find(key).ReadInfoAsync();
        foreach (var (_, isMet, met) in _waits.Where(wait => wait.Key == key).ToArray())
        {
            try
            {
                if (isMet(info))
                    met.TrySetResult(info);
            }
            catch (Exception exception)
            {
                met.TrySetException(exception);
            }
        }

        _waits.RemoveAll(wait => wait.Met.Task.IsCompleted);
    }

    private sealed class Observer(LockTable table, LockName key) : ILockCoordinatorObserver
    {
        public void OnEvent(LockEvent lockEvent, LockTime now, int queueLength)
        {
            if (lockEvent is LockEvent.LeaseEnded { Reason: EndReason.Revoked, Lease.Request.Session: { } session })
                table.LeaveWord(session.Id, key.Key);
            if (table._waits.Count > 0)
                table.Begin(() => table.CheckAsync(key));
        }

        public void OnWritten(RecordName name, int bytes, TimeSpan elapsed)
        {
        }

        public void OnLoaded(LockState state, bool fenced)
        {
        }

        public void OnQuarantined(QuarantineReason reason, Exception? exception)
        {
        }
    }
}
