namespace LockGrains.Core.Tests.Properties;

/// <summary>
/// A lock as one would write it on a blackboard: those who hold, a line, one who may stand before it, and the rules of the design in order.
/// Slow, naive, and without a line of Core in it; what it says is what is expected.
/// </summary>
internal sealed partial class ReferenceLock
{
    private static readonly TimeSpan LongCall = TimeSpan.FromMinutes(1);

    private readonly int _limit;
    private readonly TimeSpan _window;
    private readonly TimeSpan _firstLease;
    private readonly ReferenceRoom _room;
    private readonly List<Person> _line;
    private readonly Dictionary<int, string> _ended;

    // Who was silent when it was last looked who is missing, and has not been heard since; and when they are given up.
    private readonly List<Person> _missing;
    private TimeSpan? _givenUpAt;
    private TimeSpan _lookAt = TimeSpan.MaxValue;

    public ReferenceLock(int limit, TimeSpan window, TimeSpan firstLease, int holdersMax)
        : this(limit, window, firstLease, new ReferenceRoom(holdersMax))
    {
    }

    private ReferenceLock(int limit, TimeSpan window, TimeSpan firstLease, ReferenceRoom room)
    {
        (_limit, _window, _firstLease, _room) = (limit, window, firstLease, room);
        (_line, _ended, _missing) = ([], [], []);
    }

    private ReferenceLock(ReferenceLock other)
        : this(other._limit, other._window, other._firstLease, other._room.Copy())
    {
        _line = [.. other._line.Select(person => person with { })];
        Upgrading = other.Upgrading is { } upgrading ? upgrading with { } : null;
        _ended = new Dictionary<int, string>(other._ended);
        _missing = [.. other._missing.Select(missing => FindWaiting(missing.Name)).OfType<Person>()];
        (_givenUpAt, _lookAt, Now) = (other._givenUpAt, other._lookAt, other.Now);
    }

    public TimeSpan Now { get; set; }

    public IReadOnlyList<Holder> Holders => _room.Holders;

    public IEnumerable<int> Line => _line.Select(person => person.Name);

    /// <summary>Who holds, and waits before the line to be alone.</summary>
    public Person? Upgrading { get; private set; }

    /// <summary>Every grant since this copy was made, upgrades included: each has a token of its own.</summary>
    public List<int> Grants { get; } = [];

    private Person? Next => Upgrading ?? (_line.Count == 0 ? null : _line[0]);

    public ReferenceLock Copy() => new(this);

    public string Acquire(Ask ask, TimeSpan wait, TimeSpan? slice, TimeSpan? beats)
    {
        SettleWhatIsDue();
        if (beats * 10 > _window * 3)
            return Refuse();
        if (_room.Find(ask.Name) is { } holder)
            return holder.Ask.IsSameAs(ask) ? "granted" : Refuse();
        if (_line.Find(person => person.Name == ask.Name) is { } waiting)
            return waiting.Ask.IsSameAs(ask) ? ComeBack(waiting, wait, slice, beats) : Refuse();
        if (_ended.ContainsKey(ask.Name))
            return "denied Ended";
        if (Next is null && _room.Fits(ask))
        {
            Grant(ask);
            return "granted";
        }

        if (wait == TimeSpan.Zero)
            return "denied Busy";
        if (_line.Count >= _limit)
            LookWhoIsMissing();
        if (_line.Count >= _limit)
        {
            HandOver();
            return "denied QueueFull";
        }

        BeginToLook();
        var newcomer = new Person(ask);
        _line.Add(newcomer);
        return StartCall(newcomer, wait, slice, beats);
    }

    public string Renew(int name)
    {
        SettleWhatIsDue();
        if (_room.Find(name) is not { } holder)
            return NotHeld(name);
        holder.Until = Now + holder.Ask.Lease;
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
        if (_line.Find(person => person.Name == name) is { } waiting)
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
        if (FindWaiting(name) is not { } waiting)
            return NotHeld(name);
        if (waiting.GivesUp)
            return TimeOut(waiting);
        HangUp(waiting);
        return "queued";
    }

    public string Detach(int name)
    {
        SettleWhatIsDue();
        if (FindWaiting(name) is { } waiting)
        {
            HangUp(waiting);
            Hear(waiting);
        }

        return "none";
    }

    public string Beat(IEnumerable<int> names)
    {
        SettleWhatIsDue();
        List<int> places = [];
        foreach (var name in names)
        {
            var waiting = FindWaiting(name);
            if (waiting is null || Now >= waiting.CallsUntil)
            {
                places.Add(0);
                continue;
            }

            places.Add(waiting == Upgrading ? 1 : _line.IndexOf(waiting) + 1);
            Hear(waiting);
        }

        HandOver();
        return $"heard {string.Join(' ', places)}";
    }

    public string Tick()
    {
        SettleWhatIsDue();
        return "none";
    }

    private Person? FindWaiting(int name) => Upgrading?.Name == name ? Upgrading : _line.Find(person => person.Name == name);

    private string ComeBack(Person waiting, TimeSpan wait, TimeSpan? slice, TimeSpan? beats)
    {
        if (wait != TimeSpan.Zero)
            return StartCall(waiting, wait, slice, beats);
        if (waiting != Next || !MayHaveIt(waiting))
            return TimeOut(waiting);
        Give(waiting);
        HandOver();
        return "granted";
    }

    private string StartCall(Person waiting, TimeSpan wait, TimeSpan? slice, TimeSpan? beats)
    {
        Attach(waiting, wait, slice, beats);
        HandOver();
        return FindWaiting(waiting.Name) is null ? "granted" : "queued";
    }

    private string TimeOut(Person waiting)
    {
        if (waiting != Upgrading)
            return Leave(waiting, "TimedOut", "denied TimedOut");

        // Its hold goes on.
        _room.Find(waiting.Name)!.Change = waiting.Change;
        Upgrading = null;
        HandOver();
        return "denied TimedOut";
    }

    private void SettleWhatIsDue()
    {
        foreach (var holder in _room.Holders.Where(holder => holder.Until <= Now).ToArray())
            End(holder, "Expired");
        if (Now >= _lookAt)
            LookWhoIsMissing();
        HandOver();
    }

    private bool MayHaveIt(Person waiting) => waiting == Upgrading ? _room.IsAlone(waiting.Name) : _room.Fits(waiting.Ask);

    private void HandOver()
    {
        while (Next is { } next && MayHaveIt(next))
        {
            if (Now < next.CallsUntil && Now < next.SilentFrom)
            {
                Give(next);
                continue;
            }

            if (Now >= next.SilentFrom)
                LookWhoIsMissing();
            if (Next == next)
                return;
        }
    }

    private void Give(Person person)
    {
        if (person == Upgrading)
        {
            Upgrading = null;
            BeAlone(_room.Find(person.Name)!, person.Change);
            return;
        }

        _line.Remove(person);
        Grant(person.Ask);
    }

    /// <summary>The first who waits for anything: from now on it is looked, now and then, who is missing.</summary>
    private void BeginToLook()
    {
        if (Next is not null)
            return;
        _missing.Clear();
        (_givenUpAt, _lookAt) = (null, Now + (_window / 2));
    }

    /// <summary>Who was missed once, and was not heard for the rest of the window, is given up. Only then are others looked for.</summary>
    private void LookWhoIsMissing()
    {
        if (Now >= _givenUpAt)
        {
            if (_missing.Exists(person => person == Upgrading))
                Upgrading = null;
            foreach (var gone in _missing.Where(_line.Remove))
                _ended[gone.Name] = "Dropped";
            _missing.Clear();
            _givenUpAt = null;
        }

        List<Person> all = Upgrading is null ? _line : [Upgrading, .. _line];
        if (_givenUpAt is null && all.Exists(person => Now >= person.SilentFrom))
        {
            _missing.AddRange(all.Where(person => Now >= person.SilentFrom));
            _givenUpAt = Now + (_window * 2 / 5);
        }

        _lookAt = _givenUpAt ?? Now + (_window / 2);
    }

    private void Grant(Ask ask)
    {
        _room.Add(ask, Now + (ask.Renews && _firstLease < ask.Lease ? _firstLease : ask.Lease));
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
            Upgrading = null;
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

    private void Attach(Person person, TimeSpan wait, TimeSpan? slice, TimeSpan? beats)
    {
        var longest = beats is null ? _window / 2 : LongCall;
        if (slice < longest)
            longest = slice.Value;
        person.GivesUp = wait != Timeout.InfiniteTimeSpan && wait <= longest;
        person.CallsUntil = Now + (person.GivesUp ? wait : longest);
        Hear(person);
    }

    private void Hear(Person person)
    {
        person.SilentFrom = Now + (_window * 3 / 5);
        _missing.RemoveAll(missing => missing.Name == person.Name);
    }

    private void HangUp(Person person)
    {
        person.GivesUp = false;
        person.CallsUntil = Now;
    }

    private string Refuse()
    {
        HandOver();
        return "denied Invalid";
    }

    private string NotHeld(int name) => $"not held {_ended.GetValueOrDefault(name, "None")}";
}
