namespace LockGrains.Core.Tests.Properties;

/// <summary>Those who wait: the line, and before it perhaps one who holds and waits to be alone. It knows too who of them is missing.</summary>
internal sealed class ReferenceLine(TimeSpan window)
{
    private static readonly TimeSpan LongCall = TimeSpan.FromMinutes(1);

    private readonly List<Person> _line = [];

    // Who was silent when it was last looked who is missing, and has not been heard since; and when they are given up.
    private readonly List<Person> _missing = [];
    private TimeSpan? _givenUpAt;
    private TimeSpan _lookAt = TimeSpan.MaxValue;

    /// <summary>Who holds, and waits before the line to be alone.</summary>
    public Person? Upgrading { get; set; }

    public Person? Next => Upgrading ?? (_line.Count == 0 ? null : _line[0]);

    public IEnumerable<int> Names => _line.Select(person => person.Name);

    /// <summary>How many wait in the line itself.</summary>
    public int Length => _line.Count;

    public ReferenceLine Copy()
    {
        var copy = new ReferenceLine(window) { Upgrading = Upgrading is null ? null : Upgrading with { } };
        copy._line.AddRange(_line.Select(person => person with { }));
        copy._missing.AddRange(_missing.Select(missing => copy.Find(missing.Name)).OfType<Person>());
        (copy._givenUpAt, copy._lookAt) = (_givenUpAt, _lookAt);
        return copy;
    }

    public Person? Find(int name) => Upgrading?.Name == name ? Upgrading : FindInLine(name);

    public Person? FindInLine(int name) => _line.Find(person => person.Name == name);

    public int PlaceOf(Person person) => person == Upgrading ? 1 : _line.IndexOf(person) + 1;

    public void Add(Person person) => _line.Add(person);

    public void Remove(Person person) => _line.Remove(person);

    /// <summary>Takes all of a sort out of the line.</summary>
    /// <returns>Their names.</returns>
    public List<int> RemoveWhere(Predicate<Person> isOut)
    {
        List<int> names = [.. _line.FindAll(isOut).Select(person => person.Name)];
        _line.RemoveAll(isOut);
        return names;
    }

    /// <summary>The first who waits for anything: from now on it is looked, now and then, who is missing.</summary>
    public void BeginToLook(TimeSpan now)
    {
        if (Next is not null)
            return;
        _missing.Clear();
        (_givenUpAt, _lookAt) = (null, now + (window / 2));
    }

    public bool IsTimeToLook(TimeSpan now) => now >= _lookAt;

    /// <summary>Who was missed once, and was not heard for the rest of the window, is given up. Only then are others looked for.</summary>
    /// <returns>The names of those who are out of the line.</returns>
    public List<int> LookWhoIsMissing(TimeSpan now)
    {
        List<int> gone = [];
        if (now >= _givenUpAt)
        {
            if (_missing.Exists(person => person == Upgrading))
                Upgrading = null;
            gone = RemoveWhere(_missing.Contains);
            _missing.Clear();
            _givenUpAt = null;
        }

        List<Person> all = Upgrading is null ? _line : [Upgrading, .. _line];
        if (_givenUpAt is null && all.Exists(person => now >= person.SilentFrom))
        {
            _missing.AddRange(all.Where(person => now >= person.SilentFrom));
            _givenUpAt = now + (window * 2 / 5);
        }

        _lookAt = _givenUpAt ?? now + (window / 2);
        return gone;
    }

    public void Attach(Person person, TimeSpan now, TimeSpan wait, TimeSpan? slice, TimeSpan? beats)
    {
        var longest = beats is null ? window / 2 : LongCall;
        if (slice < longest)
            longest = slice.Value;
        person.GivesUp = wait != Timeout.InfiniteTimeSpan && wait <= longest;
        person.CallsUntil = now + (person.GivesUp ? wait : longest);
        Hear(person, now);
    }

    public void Hear(Person person, TimeSpan now)
    {
        person.SilentFrom = now + (window * 3 / 5);
        _missing.RemoveAll(missing => missing.Name == person.Name);
    }

    public static void HangUp(Person person, TimeSpan now)
    {
        person.GivesUp = false;
        person.CallsUntil = now;
    }
}
