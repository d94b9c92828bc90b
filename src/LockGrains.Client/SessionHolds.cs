using System.Collections.Immutable;
using LockGrains.Core;

namespace LockGrains;

/// <summary>What is held under one session. All of it is told together when the session is at risk or over.</summary>
internal sealed class SessionHolds(IWatch watch)
{
    // So many releases at a time: a session may have ten thousand holds.
    private const int ReleasesMax = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<LeaseKeeper>> _held = new(StringComparer.Ordinal);
    private Task _told = Task.CompletedTask;
    private bool _isAtRisk;
    private bool _isOver;

    /// <summary>Whether somebody would be told of the loss of one of them.</summary>
    public bool IsLostWatched
    {
        get { lock (_gate) return _held.Values.Any(static keepers => keepers.Any(static keeper => keeper.Tokens.IsLostWatched)); }
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get { lock (_gate) return _held.Values.Sum(static keepers => keepers.Count); }
    }

    /// <summary>Adds a hold, which has started; false when the session is over. One that comes after the session's risk was told is told it now.</summary>
    public bool TryAdd(LeaseKeeper keeper)
    {
        bool isAtRisk;
        lock (_gate)
        {
            if (_isOver)
                return false;

            if (!_held.TryGetValue(keeper.Key, out var keepers))
                _held.Add(keeper.Key, keepers = []);
            keepers.Add(keeper);
            isAtRisk = _isAtRisk;
        }

        // It may have been lost since its start: then it was removed before it was here.
        if (keeper.IsOver(out _))
            Remove(keeper);
        else if (isAtRisk)
            keeper.TellStopping(isByClock: false);
        return true;
    }

    public void Remove(LeaseKeeper keeper)
    {
        lock (_gate)
        {
            if (_held.TryGetValue(keeper.Key, out var keepers) && keepers.Remove(keeper) && keepers.Count == 0)
                _held.Remove(keeper.Key);
        }
    }

    /// <summary>One more handle of a hold of a key; null when there is none, or each is over.</summary>
    public LockHandle? OpenBeside(string key) => Find(key).Select(LockHandle.Beside).FirstOrDefault(static handle => handle is not null);

    /// <summary>
    /// What of its holds would keep a request under the session waiting for ever; null for nothing. A hold that was released is none, though it is
    /// kept for a while (<see cref="AcquireOptions.HoldFor"/>): that comes to an end by itself.
    /// </summary>
    public LockMode? FindSelfWait(AcquireTerms terms)
    {
        if (terms.Settings.Wait == TimeSpan.Zero || FindOpen(terms.Key) is not { Length: > 0 } own)
            return null;

        var extents = Array.ConvertAll(own, static keeper => (keeper.Facts.Mode, keeper.Facts.Permits));
        return SelfWait.FindObstacle(extents, terms.Mode, terms.Permits, terms.Limit) == WaitObstacle.None ? null : FindStrongest(own);
    }

    /// <summary>The same for an upgrade of one of the holds.</summary>
    public LockMode? FindSelfWait(LeaseKeeper upgraded)
    {
        var others = Array.FindAll(FindOpen(upgraded.Key), keeper => keeper != upgraded);
        return SelfWait.FindObstacleOfUpgrade(others.Length) == WaitObstacle.None ? null : FindStrongest(others);
    }

    /// <summary>
    /// Somebody is said to have revoked holds of these keys. Asks the locks, which know: a hold's own renewal would find out minutes later.
    /// </summary>
    public void AskAfter(ImmutableArray<string> keys)
    {
        foreach (var key in keys)
        {
            foreach (var keeper in Find(key))
                _ = AskAfterAsync(keeper);
        }
    }

    /// <summary>Tells all owners the risk, and those who come later.</summary>
    /// <param name="isByClock">As for <see cref="HandleTokens.TellAtRisk"/>.</param>
    public void TellAtRisk(bool isByClock)
    {
        LeaseKeeper[] held;
        lock (_gate) (_isAtRisk, held) = (true, All());
        foreach (var keeper in held)
            keeper.TellStopping(isByClock);
    }

    /// <summary>
    /// Takes no more, and has all of them lost: first those of which somebody is to be told, here and now. For the others the loss is true already,
    /// because they ask the session.
    /// </summary>
    /// <param name="isByClock">As for <see cref="HandleTokens.TellAtRisk"/>.</param>
    /// <returns>All that were held, and what completes when the callbacks of those who were told are done.</returns>
    public (LeaseKeeper[] Held, Task Told) TellOver(bool isByClock)
    {
        LeaseKeeper[] held;
        lock (_gate) (_isOver, held) = (true, All());
        var watched = Array.FindAll(held, static keeper => keeper.Tokens.IsLostWatched);
        foreach (var keeper in watched)
            keeper.OnSessionOver(isByClock);
        watch.Run(() =>
        {
            foreach (var keeper in held)
                keeper.OnSessionOver(isByClock);
        });
        var told = Task.WhenAll(watched.Select(static keeper => keeper.Tokens.LostTold));

        // Who ends the session beside somebody else finds no holds any more, and has to wait for the same.
        lock (_gate) return (held, _told = Task.WhenAll(_told, told));
    }

    /// <summary>Releases them, a few at a time. They need not be: the end of their session frees them as soon as somebody wants them.</summary>
    public static async Task ReleaseAsync(LeaseKeeper[] held)
    {
        foreach (var some in held.Chunk(ReleasesMax))
            await Task.WhenAll(some.Select(ReleaseAsync)).ConfigureAwait(false);
    }

    private static async Task AskAfterAsync(LeaseKeeper keeper)
    {
        try
        {
            await keeper.VerifyAsync(CancellationToken.None, EndReason.Revoked).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Nobody could say. It goes on as before, and its own renewal finds out.
        }
    }

    private static async Task ReleaseAsync(LeaseKeeper keeper)
    {
        await keeper.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
        await keeper.Releasing.ConfigureAwait(false);
    }

    private static LockMode FindStrongest(LeaseKeeper[] own) =>
        Array.ConvertAll(own, static keeper => keeper.Facts.Mode).MaxBy(static mode => mode switch { LockMode.Exclusive => 2, LockMode.Upgradeable => 1, _ => 0 });

    /// <summary>The holds of a key that have a handle which is not released.</summary>
    private LeaseKeeper[] FindOpen(string key) => Array.FindAll(Find(key), static keeper => keeper.Shares.Count > 0 && !keeper.IsOver(out _));

    private LeaseKeeper[] Find(string key)
    {
        lock (_gate) return _held.TryGetValue(key, out var keepers) ? [.. keepers] : [];
    }

    private LeaseKeeper[] All() => [.. _held.Values.SelectMany(static keepers => keepers)];
}
