namespace LockGrains.Chaos;

/// <summary>How long requests waited, by how many permits they asked for.</summary>
internal sealed class PermitWaits
{
    private readonly Dictionary<(string Source, int Attempt), long> _asked = [];
    private readonly SortedDictionary<int, List<double>> _byPermits = [];

    /// <summary>The waits of those that were granted, in seconds.</summary>
    public IReadOnlyDictionary<int, List<double>> ByPermits => _byPermits;

    public void Hear(string source, HistoryLine line)
    {
        if (line.What == Happening.Asked)
        {
            _asked[(source, line.Attempt)] = line.At;
        }
        else if (line.What == Happening.Granted && _asked.Remove((source, line.Attempt), out var askedAt))
        {
            if (!_byPermits.TryGetValue(line.Share.Permits, out var waits))
                _byPermits.Add(line.Share.Permits, waits = []);
            waits.Add(Clock.Seconds(line.At - askedAt));
        }
        else if (line.What is Happening.Denied or Happening.Failed)
        {
            _asked.Remove((source, line.Attempt));
        }
    }
}
