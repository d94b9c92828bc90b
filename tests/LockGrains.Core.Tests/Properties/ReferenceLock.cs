namespace LockGrains.Core.Tests.Properties;

/// <summary>
/// A lock as one would write it on a blackboard: those who hold, a line, one who may stand before it, and the rules of the design in order.
/// Slow, naive, and without a line of Core in it; what it says is what is expected. Holders number the changes of their holds: one with a smaller
/// number than the last that was carried out, given up or is waited for comes late, and changes nothing.
/// </summary>
internal sealed class ReferenceLock
{
    private readonly int _limit;
    private readonly TimeSpan _window;
    private readonly TimeSpan _firstLease;
    private readonly ReferenceRoom _room;
    private readonly ReferenceLine _line;
    private readonly Dictionary<int, string> _ended = [];

    // How often the limit of the room was set.
    private long _limitVersion;

    public ReferenceLock(int limit, TimeSpan window, TimeSpan firstLease, int holdersMax)
    {
        (_limit, _window, _firstLease) = (limit, window, firstLease);
        (_room, _line) = (new ReferenceRoom(holdersMax), new ReferenceLine(window));
    }

    private ReferenceLock(ReferenceLock other)
    {
        (_limit, _window, _firstLease) = (other._limit, other._window, other._firstLease);
        (_room, _line, _ended) = (other._room.Copy(), other._line.Copy(), new Dictionary<int, string>(other._ended));
        (_limitVersion, Now) = (other._limitVersion, other.Now);
    }

    public TimeSpan Now { get; set; }

    public IReadOnlyList<Holder> Holders => _room.Holders;

    public int KeyLimit => _room.KeyLimit;

    public IEnumerable<int> Line => _line.Names;

    /// <summary>Who holds, and waits before the line to be alone.</summary>
    public Person? Upgrading => _line.Upgrading;

    /// <summary>Every grant since this copy was made, upgrades included: each has a token of its own.</summary>
    public List<int> Grants { get; } = [];

    public ReferenceLock Copy() => new(this);

    public string Acquire(Ask ask, TimeSpan wait, TimeSpan? slice, TimeSpan? beats, bool noNewPlace)
    {
        SettleWhatIsDue();
        if (beats * 10 > _window * 3)
            return Refuse();
        if (_room.Find(ask.Name) is { } holder)
            return holder.Ask.IsSameAs(ask) ? "granted" : Refuse();
        if (_line.FindInLine(ask.Name) is { } waiting)
            return waiting.Ask.IsSameAs(ask) ? ComeBack(waiting, wait, slice, beats) : Refuse();
        if (_ended.ContainsKey(ask.Name))
            return "denied Ended";
        if (_room.IsOverLimit(ask))
            return "denied Limit";
        if (_line.Next is null && _room.Fits(ask))
        {
            Grant(ask);
            return "granted";
        }

        if (wait == TimeSpan.Zero || noNewPlace)
            return "denied Busy";
        if (_line.Length >= _limit)
            LookWhoIsMissing();
        if (_line.Length >= _limit)
        {
            HandOver();
            return "denied QueueFull";
        }

        _line.BeginToLook(Now);
        var newcomer = new Person(ask);
        _line.Add(newcomer);
        return StartCall(newcomer, wait, slice, beats);
    }

    public string Upgrade(int name, int change, TimeSpan wait, TimeSpan? slice, TimeSpan? beats)
    {
        SettleWhatIsDue();
        if (beats * 10 > _window * 3)
            return Refuse();
        if (_room.Find(name) is not { } holder)
            return "denied NotHeld";
        if (change < holder.Change || (Upgrading?.Name == name && change < Upgrading.Change))
            return "denied Ended";
        if (holder.Has == Want.Alone)
        {
            // It gets nothing, so there is nothing to give back. But what was numbered before it comes too late from now on.
            if (change > holder.Change)
                (holder.Change, holder.AloneBy) = (change, 0);
            return "granted";
        }

        if (change == holder.Change)
            return "denied Ended";
        if (holder.Has == Want.Share)
            return Refuse();
        if (Upgrading?.Change == change)
            return ComeBack(Upgrading, wait, slice, beats);
        _line.Upgrading = null;
        if (_room.IsAlone(name))
        {
            BeAlone(holder, change);
            return "granted";
        }

        if (wait == TimeSpan.Zero)
        {
            HandOver();
            return "denied Busy";
        }

        _line.BeginToLook(Now);
        _line.Upgrading = new Person(holder.Ask) { Change = change };
        return StartCall(_line.Upgrading, wait, slice, beats);
    }

    public string CancelUpgrade(int name, int change)
    {
        SettleWhatIsDue();
        if (_room.Find(name) is not { } holder)
            return NotHeld(name);
        if (Upgrading?.Name == name && Upgrading.Change <= change)
            _line.Upgrading = null;
        if (change > holder.Change)
            (holder.Change, holder.AloneBy) = (change, 0);
        else if (change == holder.AloneBy)
            (holder.Has, holder.AloneBy) = (Want.ShareAndPerhapsMore, 0);
        HandOver();
        return "changed";
    }

    public string Downgrade(int name, int change, Want to, int permits)
    {
        SettleWhatIsDue();
        if (_room.Find(name) is not { } holder)
            return NotHeld(name);

        // One number is one change: what has the number of the upgrade that waits is no downgrade of this holder's.
        if (change <= holder.Change || (Upgrading?.Name == name && change <= Upgrading.Change))
            return "changed";
        Want[] parts = holder.Has switch
        {
            Want.Alone => [Want.Alone, Want.ShareAndPerhapsMore, Want.Share],
            Want.ShareAndPerhapsMore => [Want.ShareAndPerhapsMore, Want.Share],
            _ => [Want.Share],
        };
        if (!parts.Contains(to) || permits < 1 || permits > holder.Permits)
            return Refuse();
        if (Upgrading?.Name == name)
            _line.Upgrading = null;
        (holder.Has, holder.Permits, holder.Change, holder.AloneBy) = (to, permits, change, 0);
        holder.Numbers = [.. holder.Numbers.Take(permits)];
        HandOver();
        return "changed";
    }

    /// <summary>Takes nothing from those who hold. Who waits for more than there will be is sent away, or the line would stand still behind them.</summary>
    public string SetLimit(int limit, long replaces)
    {
        SettleWhatIsDue();
        if (replaces < 0)
            return Refuse();
        if (replaces != _limitVersion)
        {
            var isCopy = replaces == _limitVersion - 1 && limit == _room.KeyLimit;
            return $"limit {_room.KeyLimit}, version {_limitVersion}{(isCopy ? "" : ", conflict")}";
        }

        (_room.KeyLimit, _limitVersion) = (limit, _limitVersion + 1);
        foreach (var name in _line.RemoveWhere(person => _room.IsOverLimit(person.Ask)))
            _ended[name] = "Refused";
        HandOver();
        return $"limit {limit}, version {_limitVersion}";
    }

    public string Renew(int name)
    {
        SettleWhatIsDue();
        if (_room.Find(name) is not { } holder)
            return NotHeld(name);
        holder.Until = Now + holder.Ask.Lease + holder.Ask.Delay;
        return "renewed";
    }

    public string Release(int name)
    {
        SettleWhatIsDue();
        if (_room.Find(name) is { } holder)
            return EndHold(holder, "Released");
        return _ended.GetValueOrDefault(name) == "Released" ? "ended Released" : NotHeld(name);
    }

    public string Cancel(int name)
    {
        SettleWhatIsDue();
        if (_line.FindInLine(name) is { } waiting)
            return Leave(waiting, "Cancelled", "ended Cancelled");
        if (_room.Find(name) is { } holder)
            return EndHold(holder, "Released");
        if (_ended.TryGetValue(name, out var how))
            return how is "Cancelled" or "Released" ? $"ended {how}" : $"not held {how}";
        _ended[name] = "Cancelled";
        return "not held None";
    }

    public string Verify(int name)
    {
        SettleWhatIsDue();
        return _room.Find(name) is null ? NotHeld(name) : "current";
    }

    /// <summary>Whoever holds.</summary>
    public string Revoke()
    {
        SettleWhatIsDue();
        var all = _room.Holders.ToArray();
        foreach (var holder in all)
            End(holder, "Revoked");
        HandOver();
        return all.Length == 0 ? "not held None" : $"ended Revoked {all.Length}";
    }

    public string EndSlice(int name)
    {
        SettleWhatIsDue();
        if (_line.Find(name) is not { } waiting)
            return NotHeld(name);
        if (waiting.GivesUp)
            return TimeOut(waiting);
        ReferenceLine.HangUp(waiting, Now);
        return "queued";
    }

    public string Detach(int name)
    {
        SettleWhatIsDue();
        if (_line.Find(name) is { } waiting)
        {
            ReferenceLine.HangUp(waiting, Now);
            _line.Hear(waiting, Now);
        }

        return "none";
    }

    public string Beat(IEnumerable<int> names)
    {
        SettleWhatIsDue();
        List<int> places = [];
        foreach (var name in names)
        {
            var waiting = _line.Find(name);
            if (waiting is null || Now >= waiting.CallsUntil)
            {
                places.Add(0);
                continue;
            }

            places.Add(_line.PlaceOf(waiting));
            _line.Hear(waiting, Now);
        }

        HandOver();
        return $"heard {string.Join(' ', places)}";
    }

    public string Tick()
    {
        SettleWhatIsDue();
        return "none";
    }

    private string ComeBack(Person waiting, TimeSpan wait, TimeSpan? slice, TimeSpan? beats)
    {
        if (wait != TimeSpan.Zero)
            return StartCall(waiting, wait, slice, beats);
        if (waiting != _line.Next || !MayHaveIt(waiting))
            return TimeOut(waiting);
        Give(waiting);
        HandOver();
        return "granted";
    }

    private string StartCall(Person waiting, TimeSpan wait, TimeSpan? slice, TimeSpan? beats)
    {
        _line.Attach(waiting, Now, wait, slice, beats);
        HandOver();
        return _line.Find(waiting.Name) is null ? "granted" : "queued";
    }

    private string TimeOut(Person waiting)
    {
        if (waiting != Upgrading)
            return Leave(waiting, "TimedOut", "denied TimedOut");

        // Its hold goes on.
        _room.Find(waiting.Name)!.Change = waiting.Change;
        _line.Upgrading = null;
        HandOver();
        return "denied TimedOut";
    }

    private void SettleWhatIsDue()
    {
        foreach (var holder in _room.Holders.Where(holder => holder.Until <= Now).ToArray())
            End(holder, "Expired");
        if (_line.IsTimeToLook(Now))
            LookWhoIsMissing();
        HandOver();
    }

    private bool MayHaveIt(Person waiting) => waiting == Upgrading ? _room.IsAlone(waiting.Name) : _room.Fits(waiting.Ask);

    private void HandOver()
    {
        while (_line.Next is { } next && MayHaveIt(next))
        {
            if (Now < next.CallsUntil && Now < next.SilentFrom)
            {
                Give(next);
                continue;
            }

            if (Now >= next.SilentFrom)
                LookWhoIsMissing();
            if (_line.Next == next)
                return;
        }
    }

    private void Give(Person person)
    {
        if (person == Upgrading)
        {
            _line.Upgrading = null;
            BeAlone(_room.Find(person.Name)!, person.Change);
            return;
        }

        _line.Remove(person);
        Grant(person.Ask);
    }

    private void LookWhoIsMissing()
    {
        foreach (var name in _line.LookWhoIsMissing(Now))
            _ended[name] = "Dropped";
    }

    private void Grant(Ask ask)
    {
        _room.Add(ask, Now + (ask.Renews && _firstLease < ask.Lease ? _firstLease : ask.Lease) + ask.Delay);
        Grants.Add(ask.Name);
    }

    private void BeAlone(Holder holder, int change)
    {
        (holder.Has, holder.Change, holder.AloneBy) = (Want.Alone, change, change);
        Grants.Add(holder.Name);
    }

    private string EndHold(Holder holder, string how)
    {
        End(holder, how);
        HandOver();
        return $"ended {how}";
    }

    private void End(Holder holder, string how)
    {
        if (Upgrading?.Name == holder.Name)
            _line.Upgrading = null;
        _ended[holder.Name] = how;
        _room.Remove(holder);
    }

    private string Leave(Person person, string how, string answer)
    {
        _line.Remove(person);
        _ended[person.Name] = how;
        HandOver();
        return answer;
    }

    private string Refuse()
    {
        HandOver();
        return "denied Invalid";
    }

    private string NotHeld(int name) => $"not held {_ended.GetValueOrDefault(name, "None")}";
}
