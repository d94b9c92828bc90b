namespace LockGrains;

/// <summary>What is held under one session. All of it is told together when the session is at risk or over.</summary>
internal sealed class SessionHolds(ClientRuntime runtime)
{
    // So many releases at a time: a session may have ten thousand holds.
    private const int ReleasesMax = 64;

    private readonly Lock _gate = new();
    private readonly HashSet<LeaseKeeper> _held = [];
    private bool _isOver;

    /// <summary>Adds a hold; false when the session is over.</summary>
    public bool TryAdd(LeaseKeeper keeper)
    {
        lock (_gate) return !_isOver && _held.Add(keeper);
    }

    public void Remove(LeaseKeeper keeper)
    {
        lock (_gate) _held.Remove(keeper);
    }

    /// <summary>A hold of a key; null when there is none.</summary>
    public LeaseKeeper? Find(string key)
    {
        lock (_gate) return _held.FirstOrDefault(keeper => keeper.Key == key);
    }

    /// <summary>Tells all owners the risk.</summary>
    public void TellAtRisk()
    {
        foreach (var keeper in All()) keeper.TellStopping();
    }

    /// <summary>
    /// Takes no more, and has all of them lost: first those of which somebody is to be told, here and now. For the others the loss is true already,
    /// because they ask the session.
    /// </summary>
    /// <returns>All that were held.</returns>
    public LeaseKeeper[] TellOver()
    {
        LeaseKeeper[] held;
        lock (_gate) (_isOver, held) = (true, [.. _held]);
        foreach (var keeper in held.Where(static keeper => keeper.IsLostWatched)) keeper.OnSessionOver();
        runtime.Watch.Run(() =>
        {
            foreach (var keeper in held) keeper.OnSessionOver();
        });
        return held;
    }

    /// <summary>Releases them, a few at a time. They need not be: the end of their session frees them as soon as somebody wants them.</summary>
    public static async Task ReleaseAsync(LeaseKeeper[] held)
    {
        foreach (var some in held.Chunk(ReleasesMax)) await Task.WhenAll(some.Select(ReleaseAsync)).ConfigureAwait(false);
    }

    private static async Task ReleaseAsync(LeaseKeeper keeper)
    {
        await keeper.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
        await keeper.Releasing.ConfigureAwait(false);
    }

    private LeaseKeeper[] All()
    {
        lock (_gate) return [.. _held];
    }
}
