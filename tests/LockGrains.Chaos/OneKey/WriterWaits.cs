namespace LockGrains.Chaos;

/// <summary>How long writers of one key wait once they are told that they are first in line, and for whom.</summary>
internal sealed class WriterWaits
{
    private readonly Dictionary<(string Source, int Attempt), HistoryLine> _asked = [];
    private readonly HashSet<(string Source, int Attempt)> _holders = [];
    private readonly Dictionary<(string Source, int Attempt), First> _firsts = [];
    private readonly List<(long From, long To)> _disturbances = [];
    private readonly List<FirstWait> _waits = [];

    public int Readers { get; private set; }

    public int Writers { get; private set; }

    public int MostReaders { get; private set; }

    /// <summary>How many writers were told that they were first, and were granted the lock.</summary>
    public int Firsts => _waits.Count;

    /// <summary>How many requests that came after a writer was told that it was first were granted before it.</summary>
    public int PassedBy { get; private set; }

    /// <summary>The longest wait of a writer that was first, without those that a disturbance met.</summary>
    public FirstWait? Longest => Calm.MaxBy(wait => wait.Waited);

    /// <summary>From when the last holder had let go until the writer was granted the lock, in seconds.</summary>
    public IReadOnlyCollection<double> Afters => [.. Calm.Select(wait => wait.After)];

    private IEnumerable<FirstWait> Calm =>
        _waits.Where(wait => !_disturbances.Exists(trouble => wait.FirstAt < trouble.To && wait.GrantedAt > trouble.From));

    /// <summary>The silo was away for a time.</summary>
    public void Disturb(long from, long to) => _disturbances.Add((from, to));

    public void Hear(string source, HistoryLine line)
    {
        var id = (source, line.Attempt);
        switch (line.What)
        {
            case Happening.Asked:
                _asked[id] = line;
                break;
            case Happening.Placed when line.Place == 1 && _asked.TryGetValue(id, out var asked) && asked.Share.Mode == LockMode.Exclusive:
                _firsts.TryAdd(id, new First(line.At, _holders));
                break;
            case Happening.Granted when _asked.Remove(id, out var asked):
                OnGranted(id, asked, line);
                break;
            case Happening.Releasing or Happening.Lost:
                LetGo(id, line.At);
                break;
            case Happening.Denied or Happening.Failed:
                _asked.Remove(id);
                _firsts.Remove(id);
                break;
        }
    }

    private void OnGranted((string Source, int Attempt) id, HistoryLine asked, HistoryLine line)
    {
        if (_firsts.Remove(id, out var own))
            _waits.Add(own.Granted(line.At));
        foreach (var first in _firsts.Values)
        {
            // Who had asked before may have been granted the lock before, and told so only now.
            if (asked.At > first.At)
                PassedBy++;
            else
                first.Holders.Add(id);
        }

        _holders.Add(id);
        if (asked.Share.Mode == LockMode.Exclusive)
            Writers++;
        else
            Readers++;
        MostReaders = Math.Max(MostReaders, asked.Share.Mode == LockMode.Exclusive ? 0 : _holders.Count);
    }

    private void LetGo((string Source, int Attempt) id, long at)
    {
        // Said again when the handle is disposed, after the release.
        if (!_holders.Remove(id))
            return;
        foreach (var first in _firsts.Values)
        {
            if (first.Holders.Contains(id))
                first.LastLetGoAt = Math.Max(first.LastLetGoAt, at);
        }
    }

    /// <summary>A writer that was told that it is first, and those that held then.</summary>
    private sealed class First(long at, IEnumerable<(string Source, int Attempt)> holders)
    {
        public long At { get; } = at;

        public HashSet<(string Source, int Attempt)> Holders { get; } = [.. holders];

        public long LastLetGoAt { get; set; } = at;

        public FirstWait Granted(long grantedAt) => new(At, grantedAt, Holders.Count, Clock.Seconds(LastLetGoAt - At), Clock.Seconds(grantedAt - LastLetGoAt));
    }
}

/// <summary>The wait of a writer from when it was told that it is first.</summary>
/// <param name="FirstAt">When that was.</param>
/// <param name="GrantedAt">When it was granted the lock.</param>
/// <param name="Holders">How many held when it became first.</param>
/// <param name="ForHolders">Until the last of them let go, in seconds.</param>
/// <param name="After">From then until the grant, in seconds.</param>
internal sealed record FirstWait(long FirstAt, long GrantedAt, int Holders, double ForHolders, double After)
{
    /// <summary>All of it, in seconds.</summary>
    public double Waited => ForHolders + After;
}
