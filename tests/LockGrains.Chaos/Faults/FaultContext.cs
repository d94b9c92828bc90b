namespace LockGrains.Chaos;

/// <summary>What an injection works with and what it tells.</summary>
internal sealed class FaultContext(ChaosCluster cluster, Random random)
{
    // What was under way when the trouble began may still arrive.
    private const long SettledAfter = 50_000_000;

    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];
    private readonly Dictionary<string, double> _figures = new(StringComparer.Ordinal);
    private bool _isNamed;

    public ChaosCluster Cluster => cluster;

    /// <summary>The run's own chance: everything that is drawn comes from its seed.</summary>
    public Random Random => random;

    /// <summary>When the trouble began (<see cref="Clock"/>); the run sets it before it injects.</summary>
    public long BeganAt { get; private set; } = Clock.Now;

    /// <summary>The hot keys that the fault meets; all of them when it names none.</summary>
    public IReadOnlyCollection<string> AffectedKeys => _isNamed ? _keys : cluster.HotKeys;

    /// <summary>Whether it meets only the keys that it named, so that what it makes the storage forget is theirs alone.</summary>
    public bool IsNarrow => _isNamed;

    /// <summary>Remarks for the log.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>What was measured besides the recovery, by name.</summary>
    public IReadOnlyDictionary<string, double> Figures => _figures;

    /// <summary>Says that the trouble begins now, after preparations.</summary>
    public void Began() => BeganAt = Clock.Now;

    public void Affect(IEnumerable<string> keys)
    {
        _isNamed = true;
        _keys.UnionWith(keys);
    }

    public void Note(string note) => _notes.Add(note);

    public void Measure(string name, double value) => _figures[name] = value;

    /// <summary>Waits until every affected key was granted again, or the patience ends.</summary>
    public Task WhenRecoveredAsync(TimeSpan patience, CancellationToken cancellationToken) =>
        cluster.History.WhenGrantedAsync(AffectedKeys, BeganAt + SettledAfter, patience, cancellationToken);

    /// <summary>A short time for the trouble to be, as an await.</summary>
    public static Task LastAsync(TimeSpan duration, CancellationToken cancellationToken) => Clock.DelayAsync(duration, cancellationToken);

    public T Pick<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];

    /// <summary>A duration between two bounds.</summary>
    public TimeSpan Between(double fromSeconds, double toSeconds) =>
        TimeSpan.FromSeconds(fromSeconds + (random.NextDouble() * (toSeconds - fromSeconds)));

    /// <summary>Chooses a hot key and finds the silo that serves it; names all hot keys that it serves as affected.</summary>
    public async Task<SiloNode> PickOwnerAsync(CancellationToken cancellationToken)
    {
        var owners = await cluster.FindOwnersAsync(cancellationToken);
        var candidates = owners.Values.Where(silo => silo.IsRunning).Distinct().OrderBy(silo => silo.Name, StringComparer.Ordinal).ToList();
        if (candidates.Count == 0)
            throw new ChaosException("no silo serves a hot key");

        // With the co-hosted one clients are met as well: only when all keys are there.
        var shipped = candidates.Where(silo => !silo.IsCoHosted).ToList();
        var owner = Pick(shipped.Count > 0 ? shipped : candidates);
        if (owner.IsCoHosted)
            Note("all hot keys were on the co-hosted silo");
        Affect(owners.Where(pair => pair.Value == owner).Select(pair => pair.Key));
        return owner;
    }

    /// <summary>Finds a process of clients that holds a hot key just now, or just did.</summary>
    public Task<(WorkerNode Worker, string Key)> PickHolderAsync(CancellationToken cancellationToken) =>
        PickClientAsync(info => info.Holder?.OwnerId, cancellationToken);

    /// <summary>Finds a process of clients of which a caller waits first for a hot key.</summary>
    public Task<(WorkerNode Worker, string Key)> PickHeadWaiterAsync(CancellationToken cancellationToken) =>
        PickClientAsync(info => info.Waiters is [var first, ..] ? first.OwnerId : null, cancellationToken);

    /// <summary>Finds a process of clients that has a session, by a lock that is held under it.</summary>
    public async Task<(WorkerNode Worker, string Session)> PickSessionAsync(CancellationToken cancellationToken)
    {
        for (var trial = 0; trial < 100; trial++)
        {
            var info = await cluster.Locks.GetInfoAsync(Pick(LoadKeys.UnderSession), cancellationToken);
            if (info.Holder is { SessionId: { } session } holder && cluster.Workers.FirstOrDefault(worker => worker.HistoryName == holder.OwnerId) is { } worker)
                return (worker, session);
            await Clock.DelayAsync(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        throw new ChaosException("no process of clients could be found that has a session");
    }

    /// <summary>Finds the silo that serves a session; names all hot keys that it serves as affected.</summary>
    public async Task<SiloNode> PickSiloOfSessionAsync(string session, CancellationToken cancellationToken)
    {
        var silo = await cluster.FindSiloAsync(cluster.Grains.GetSession(session), cancellationToken)
            ?? throw new ChaosException("no silo serves the session");
        var owners = await cluster.FindOwnersAsync(cancellationToken);
        Affect(owners.Where(pair => pair.Value == silo).Select(pair => pair.Key));
        return silo;
    }

    private async Task<(WorkerNode Worker, string Key)> PickClientAsync(Func<LockInfo, string?> choose, CancellationToken cancellationToken)
    {
        for (var trial = 0; trial < 100; trial++)
        {
            var key = Pick(cluster.HotKeys);
            var name = choose(await cluster.Locks.GetInfoAsync(key, cancellationToken));
            if (cluster.Workers.FirstOrDefault(worker => worker.HistoryName == name) is { } worker)
                return (worker, key);
            await Clock.DelayAsync(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        throw new ChaosException("no process of clients could be found that has a hot key");
    }
}
