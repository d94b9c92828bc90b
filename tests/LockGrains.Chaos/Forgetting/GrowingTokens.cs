namespace LockGrains.Chaos;

/// <summary>The tokens of keys in stages, each of which must be above all before it.</summary>
internal sealed class GrowingTokens
{
    private readonly Dictionary<string, long> _highest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Least, long Most)> _stage = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public void Hear(HistoryLine line)
    {
        if (line is not { What: Happening.Granted, Key: { } key })
            return;
        lock (_gate)
        {
            var (least, most) = _stage.GetValueOrDefault(key, (line.Token, line.Token));
            _stage[key] = (Math.Min(least, line.Token), Math.Max(most, line.Token));
        }
    }

    /// <summary>Ends a stage.</summary>
    /// <returns>How many keys were granted in it, and what is wrong.</returns>
    public (int Granted, IReadOnlyList<string> Problems) EndStage()
    {
        var problems = new List<string>();
        lock (_gate)
        {
            foreach (var (key, (least, most)) in _stage)
            {
                if (_highest.TryGetValue(key, out var before) && least <= before)
                    problems.Add($"{key} was granted with {before}, and later with {least}");
                _highest[key] = Math.Max(before, most);
            }

            var granted = _stage.Count;
            _stage.Clear();
            return (granted, problems);
        }
    }
}
