namespace LockGrains.Core.Tests.Properties;

/// <summary>
/// A lock as one would write it on a blackboard: a holder, a list, and the rules of the design in order. Slow, naive, and without a line
/// of Core in it; what it says is what is expected.
/// </summary>
internal sealed class ReferenceLock
{
    private readonly int _limit;
    private readonly TimeSpan _slice;
    private readonly TimeSpan _grace;
    private readonly TimeSpan _firstLease;
    private readonly List<Person> _line;
    private readonly Dictionary<int, string> _ended;
    private TimeSpan _sweepAt = TimeSpan.MaxValue;
    private TimeSpan _holderUntil;
    private TimeSpan _holderLease;

    public ReferenceLock(int limit, TimeSpan slice, TimeSpan grace, TimeSpan firstLease)
    {
        (_limit, _slice, _grace, _firstLease) = (limit, slice, grace, firstLease);
        (_line, _ended) = ([], []);
    }

    private ReferenceLock(ReferenceLock other)
        : this(other._limit, other._slice, other._grace, other._firstLease)
    {
        _line = [.. other._line.Select(person => person with { })];
        _ended = new Dictionary<int, string>(other._ended);
        (_sweepAt, _holderUntil, _holderLease, Holder, Now) = (other._sweepAt, other._holderUntil, other._holderLease, other.Holder, other.Now);
    }

    public TimeSpan Now { get; set; }

    /// <summary>Who holds the lock; null when nobody does.</summary>
    public int? Holder { get; private set; }

    public IEnumerable<int> Line => _line.Select(person => person.Name);

    /// <summary>Every grant since this copy was made.</summary>
    public List<int> Grants { get; } = [];

    public ReferenceLock Copy() => new(this);

    public string Acquire(int name, TimeSpan wait, TimeSpan? slice, TimeSpan lease, bool renews)
    {
        SettleWhatIsDue();
        if (Holder == name)
            return "granted";
        if (_line.Find(person => person.Name == name) is { } waiting)
        {
            if (wait == TimeSpan.Zero && Holder is null && _line[0] == waiting)
            {
                _line.RemoveAt(0);
                Grant(waiting);
                return "granted";
            }

            if (wait == TimeSpan.Zero)
                return Leave(waiting, "TimedOut", "denied TimedOut");
            Attach(waiting, wait, slice);
            HandOver();
            return Holder == name ? "granted" : "queued";
        }

        if (_ended.ContainsKey(name))
            return "denied Ended";
        if (Holder is null && _line.Count == 0)
        {
            Grant(new Person(name) { Lease = lease, Renews = renews });
            return "granted";
        }

        if (wait == TimeSpan.Zero)
            return "denied Busy";
        if (_line.Count >= _limit)
            Sweep();
        if (_line.Count >= _limit)
        {
            HandOver();
            return "denied QueueFull";
        }

        if (_line.Count == 0)
            _sweepAt = Now + _slice + _grace;
        var person = new Person(name) { Lease = lease, Renews = renews };
        Attach(person, wait, slice);
        _line.Add(person);
        HandOver();
        return Holder == name ? "granted" : "queued";
    }

    public string Renew(int name)
    {
        SettleWhatIsDue();
        if (Holder != name)
            return NotHeld(name);
        _holderUntil = Now + _holderLease;
        return "renewed";
    }

    public string Release(int name)
    {
        SettleWhatIsDue();
        if (Holder == name)
            return EndHold("Released");
        return _ended.GetValueOrDefault(name) == "Released" ? "ended Released" : NotHeld(name);
    }

    public string Cancel(int name)
    {
        SettleWhatIsDue();
        if (_line.Find(person => person.Name == name) is { } waiting)
            return Leave(waiting, "Cancelled", "ended Cancelled");
        if (Holder == name)
            return EndHold("Released");
        if (_ended.TryGetValue(name, out var how))
            return how is "Cancelled" or "Released" ? $"ended {how}" : $"not held {how}";
        _ended[name] = "Cancelled";
        return "not held None";
    }

    public string Verify(int name)
    {
        SettleWhatIsDue();
        return Holder == name ? "current" : NotHeld(name);
    }

    public string Revoke()
    {
        SettleWhatIsDue();
        return Holder is null ? "not held None" : EndHold("Revoked");
    }

    public string EndSlice(int name)
    {
        SettleWhatIsDue();
        if (_line.Find(person => person.Name == name) is not { } waiting)
            return NotHeld(name);
        if (waiting.GivesUp)
            return Leave(waiting, "TimedOut", "denied TimedOut");
        var expectedUntil = waiting.GoneAt;
        GoAway(waiting);
        if (waiting.GoneAt < expectedUntil)
            waiting.GoneAt = expectedUntil;
        return "queued";
    }

    public string Detach(int name)
    {
        SettleWhatIsDue();
        if (_line.Find(person => person.Name == name) is { } waiting)
            GoAway(waiting);
        return "none";
    }

    public string Tick()
    {
        SettleWhatIsDue();
        return "none";
    }

    private void SettleWhatIsDue()
    {
        if (Holder is { } holder && _holderUntil <= Now)
        {
            _ended[holder] = "Expired";
            Holder = null;
        }

        if (Now >= _sweepAt)
            Sweep();
        HandOver();
    }

    private void HandOver()
    {
        while (Holder is null && _line.Count > 0)
        {
            var first = _line[0];
            if (Now < first.HereUntil)
            {
                _line.RemoveAt(0);
                Grant(first);
            }
            else if (first.GoneAt <= Now)
            {
                Sweep();
            }
            else
            {
                return;
            }
        }
    }

    private void Sweep()
    {
        foreach (var gone in _line.Where(person => person.GoneAt <= Now))
            _ended[gone.Name] = "Dropped";
        _line.RemoveAll(person => person.GoneAt <= Now);
        _sweepAt = Now + _slice + _grace;
    }

    private void Grant(Person person)
    {
        Holder = person.Name;
        _holderLease = person.Lease;
        _holderUntil = Now + (person.Renews && _firstLease < person.Lease ? _firstLease : person.Lease);
        Grants.Add(person.Name);
    }

    private string EndHold(string how)
    {
        _ended[Holder!.Value] = how;
        Holder = null;
        HandOver();
        return $"ended {how}";
    }

    private string Leave(Person person, string how, string answer)
    {
        _line.Remove(person);
        _ended[person.Name] = how;
        HandOver();
        return answer;
    }

    private void Attach(Person person, TimeSpan wait, TimeSpan? slice)
    {
        var longest = slice is { } asked && asked < _slice ? asked : _slice;
        person.GivesUp = wait != Timeout.InfiniteTimeSpan && wait <= longest;
        person.HereUntil = Now + (person.GivesUp ? wait : longest);
        person.GoneAt = person.HereUntil + _grace;
    }

    private void GoAway(Person person)
    {
        person.GivesUp = false;
        person.HereUntil = Now;
        person.GoneAt = Now + _grace;
    }

    private string NotHeld(int name) => $"not held {_ended.GetValueOrDefault(name, "None")}";

    private sealed record Person(int Name)
    {
        public TimeSpan Lease { get; init; }

        public bool Renews { get; init; }

        public TimeSpan HereUntil { get; set; }

        public TimeSpan GoneAt { get; set; }

        public bool GivesUp { get; set; }
    }
}
