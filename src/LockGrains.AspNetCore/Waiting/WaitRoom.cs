namespace LockGrains.AspNetCore.Waiting;

/// <summary>
/// Counts those that wait through this host. One that is here keeps its room from its first poll to its end, also between two polls, for as long
/// as its place is kept. So a new one may be refused, and one that waits already never is.
/// </summary>
/// <param name="shares">How many may wait.</param>
/// <param name="keep">How long one that is between two polls is kept.</param>
/// <param name="time">The clock.</param>
internal sealed class WaitRoom(Shares shares, TimeSpan keep, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Key, Guid LeaseId), Guest> _guests = [];
    private readonly LinkedList<Guest> _between = [];

    /// <summary>How many wait, those between two polls among them.</summary>
    public int Count
    {
        get { lock (_gate) return _guests.Count; }
    }

    /// <summary>How many wait and still have their place, which one between two polls loses with its time. It forgets nobody.</summary>
    public int CountPresent()
    {
        lock (_gate)
        {
            var lapsed = 0;
            for (var node = _between.First; node is not null && HasLapsed(node.Value); node = node.Next)
                lapsed++;
            return _guests.Count - lapsed;
        }
    }

    /// <summary>What is allowed, for people.</summary>
    public string Text => shares.Text;

    /// <summary>A poll begins.</summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="leaseId">The request.</param>
    /// <param name="who">Who asks. It counts for one that is new; what is here already keeps its room.</param>
    /// <returns>Its room; null when there is none.</returns>
    public Guest? Enter(string key, Guid leaseId, string who)
    {
        lock (_gate)
        {
            if (!_guests.TryGetValue((key, leaseId), out var guest))
            {
                if (!shares.HasRoom(who))
                    ForgetLapsed();
                if (!shares.HasRoom(who))
                    return null;
                shares.Take(who);
                _guests.Add((key, leaseId), guest = new Guest(key, leaseId, who));
            }

            if (guest.Node.List is not null)
                _between.Remove(guest.Node);
            guest.Polls++;
            return guest;
        }
    }

    /// <summary>A poll ends.</summary>
    /// <param name="guest">Its room.</param>
    /// <param name="comesBack">Whether the wait goes on.</param>
    public void Leave(Guest guest, bool comesBack)
    {
        lock (_gate)
        {
            if (--guest.Polls > 0)
                return;
            if (!comesBack)
            {
                Remove(guest);
                return;
            }

            guest.LeftAt = time.GetTimestamp();
            _between.AddLast(guest.Node);
        }
    }

    /// <summary>A wait is over, as somebody was told in another call. Its open polls leave by themselves.</summary>
    public void Forget(string key, Guid leaseId)
    {
        lock (_gate)
        {
            if (_guests.TryGetValue((key, leaseId), out var guest) && guest.Polls == 0)
            {
                _between.Remove(guest.Node);
                Remove(guest);
            }
        }
    }

    // They left in this order, and all are kept for as long.
    private void ForgetLapsed()
    {
        while (_between.First is { } first && HasLapsed(first.Value))
        {
            _between.RemoveFirst();
            Remove(first.Value);
        }
    }

    private bool HasLapsed(Guest guest) => time.GetElapsedTime(guest.LeftAt) >= keep;

    private void Remove(Guest guest)
    {
        if (_guests.Remove((guest.Key, guest.LeaseId)))
            shares.GiveBack(guest.Who);
    }

    /// <summary>One that waits, with its open polls.</summary>
    internal sealed class Guest
    {
        public Guest(string key, Guid leaseId, string who)
        {
            (Key, LeaseId, Who) = (key, leaseId, who);
            Node = new LinkedListNode<Guest>(this);
        }

        public string Key { get; }

        public Guid LeaseId { get; }

        /// <summary>Who asked first.</summary>
        public string Who { get; }

        public LinkedListNode<Guest> Node { get; }

        public int Polls { get; set; }

        public long LeftAt { get; set; }
    }
}
