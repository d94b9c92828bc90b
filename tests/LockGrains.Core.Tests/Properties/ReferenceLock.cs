namespace LockGrains.Core.Tests.Properties;

/// <summary>
/// A lock as one would write it on a blackboard: a holder, a list, and the rules of the design in order. Slow, naive, and without a line
/// of Core in it; what it says is what is expected.
/// </summary>
internal sealed class ReferenceLock
{
    private static readonly TimeSpan LongCall = TimeSpan.FromMinutes(1);

    private readonly int _limit;
    private readonly TimeSpan _window;
    private readonly TimeSpan _firstLease;
    private readonly List<Person> _line;
    private readonly Dictionary<int, string> _ended;

    // Who was silent when it was last looked who is missing, and has not been heard since; and when they are given up.
    private readonly List<Person> _missing;
    private TimeSpan? _givenUpAt;
    private TimeSpan _lookAt = TimeSpan.MaxValue;
    private TimeSpan _holderUntil;
    private TimeSpan _holderLease;

    public ReferenceLock(int limit, TimeSpan window, TimeSpan firstLease)
    {
        (_limit, _window, _firstLease) = (limit, window, firstLease);
        (_line, _ended, _missing) = ([], [], []);
    }

    private ReferenceLock(ReferenceLock other)
        : this(other._limit, other._window, other._firstLease)
    {
        _line = [.. other._line.Select(person => person with { })];
        _ended = new Dictionary<int, string>(other._ended);
        _missing = [.. other._missing.Select(missing => _line.Find(person => person.Name == missing.Name)).OfType<Person>()];
        (_givenUpAt, _lookAt) = (other._givenUpAt, other._lookAt);
        (_holderUntil, _holderLease, Holder, Now) = (other._holderUntil, other._holderLease, other.Holder, other.Now);
    }

    public TimeSpan Now { get; set; }

    /// <summary>Who holds the lock; null when nobody does.</summary>
    public int? Holder { get; private set; }

    public IEnumerable<int> Line => _line.Select(person => person.Name);

    /// <summary>Every grant since this copy was made.</summary>
    public List<int> Grants { get; } = [];

    public ReferenceLock Copy() => new(this);

    public string Acquire(int name, TimeSpan wait, TimeSpan? slice, TimeSpan? beats, TimeSpan lease, bool renews)
    {
        SettleWhatIsDue();
        if (beats * 10 > _window * 3)
            return Refuse();
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
            Attach(waiting, wait, slice, beats);
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
            LookWhoIsMissing();
        if (_line.Count >= _limit)
        {
            HandOver();
            return "denied QueueFull";
        }

        if (_line.Count == 0)
        {
            _missing.Clear();
            (_givenUpAt, _lookAt) = (null, Now + (_window / 2));
        }

        var person = new Person(name) { Lease = lease, Renews = renews };
        Attach(person, wait, slice, beats);
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
        HangUp(waiting);
        return "queued";
    }

    public string Detach(int name)
    {
        SettleWhatIsDue();
        if (_line.Find(person => person.Name == name) is { } waiting)
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
            var index = _line.FindIndex(person => person.Name == name && Now < person.CallsUntil);
            places.Add(index + 1);
            if (index >= 0)
                Hear(_line[index]);
        }

        HandOver();
        return $"heard {string.Join(' ', places)}";
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

        if (Now >= _lookAt)
            LookWhoIsMissing();
        HandOver();
    }

    private void HandOver()
    {
        while (Holder is null && _line.Count > 0)
        {
            var first = _line[0];
            if (Now < first.CallsUntil && Now < first.SilentFrom)
            {
                _line.RemoveAt(0);
                Grant(first);
                continue;
            }

            if (Now >= first.SilentFrom)
                LookWhoIsMissing();
            if (_line.Count > 0 && _line[0] == first)
                return;
        }
    }

    /// <summary>Who was missed once, and was not heard for the rest of the window, is given up. Only then are others looked for.</summary>
    private void LookWhoIsMissing()
    {
        if (Now >= _givenUpAt)
        {
            foreach (var gone in _missing.Where(_line.Remove))
                _ended[gone.Name] = "Dropped";
            _missing.Clear();
            _givenUpAt = null;
        }

        if (_givenUpAt is null && _line.Exists(person => Now >= person.SilentFrom))
        {
            _missing.AddRange(_line.Where(person => Now >= person.SilentFrom));
            _givenUpAt = Now + (_window * 2 / 5);
        }

        _lookAt = _givenUpAt ?? Now + (_window / 2);
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

    private sealed record Person(int Name)
    {
        public TimeSpan Lease { get; init; }

        public bool Renews { get; init; }

        public TimeSpan CallsUntil { get; set; }

        public TimeSpan SilentFrom { get; set; }

        public bool GivesUp { get; set; }
    }
}
