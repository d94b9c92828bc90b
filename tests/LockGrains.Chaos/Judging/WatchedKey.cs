namespace LockGrains.Chaos;

/// <summary>What clients were told of their holds of one key, as far as it matters to those who watch it.</summary>
internal sealed class WatchedKey
{
    private const int ReleasedMax = 1000;

    private readonly Queue<(long At, long Token, bool IsReleased)> _recent = [];
    private readonly Queue<long> _order = [];
    private readonly HashSet<long> _released = [];

    /// <summary>The largest token that was granted so long ago that every watcher must know of it.</summary>
    public long Settled { get; private set; }

    /// <summary>Until when records were lost, for which nothing is held against a watcher; null for never.</summary>
    public long? LostUntil { get; init; }

    public void OnGranted(long token, long at) => _recent.Enqueue((at, token, false));

    public void OnReleased(long token, long at) => _recent.Enqueue((at, token, true));

    /// <summary>Whether a hold was released so long ago that every watcher must know of it.</summary>
    public bool IsReleased(long token) => _released.Contains(token);

    /// <summary>What happened until a time must be known from now on.</summary>
    public void Settle(long until)
    {
        while (_recent.TryPeek(out var next) && next.At <= until)
        {
            _recent.Dequeue();
            if (!next.IsReleased)
            {
                Settled = Math.Max(Settled, next.Token);
            }
            else if (_released.Add(next.Token))
            {
                _order.Enqueue(next.Token);
                if (_order.Count > ReleasedMax)
                    _released.Remove(_order.Dequeue());
            }
        }
    }
}
