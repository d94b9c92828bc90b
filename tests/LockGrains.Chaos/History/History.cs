using System.Collections.Concurrent;

namespace LockGrains.Chaos;

/// <summary>What all processes have seen: counted and timed as it comes, and judged in the order of time.</summary>
internal sealed class History
{
    // What is left at the end of the time is no stretch without a grant: all keys have been granted by then, or they are stuck.
    private const long Stuck = 10_000_000_000;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly HistoryMerge _merge = new();
    private readonly ConcurrentDictionary<string, HistoryMerge.Source> _sources = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _failures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<long>> _grants = LoadKeys.Watched.ToDictionary(key => key, _ => new List<long>(), StringComparer.Ordinal);
    private readonly Dictionary<(string Source, string Key), long> _lastGrants = [];
    private readonly Lock _gate = new();
    private long _operations;

    public ClientJudge Judge { get; } = new();

    /// <summary>Hears each line after the judge, in the order of time.</summary>
    public Action<string, HistoryLine>? Listener { get; set; }

    /// <summary>Lock operations that clients saw completed, and writes that the resource decided.</summary>
    public long Operations => Interlocked.Read(ref _operations);

    /// <summary>How often operations failed, by the exception's name.</summary>
    public Dictionary<string, long> Failures => _failures.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    public void Add(string name) => _sources[name] = _merge.Add(name);

    public void OnLine(string name, string text)
    {
        if (!_sources.TryGetValue(name, out var source))
            return;
        HistoryLine line;
        try
        {
            line = HistoryLine.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            // The last line of a killed process may be cut off.
            return;
        }

        Count(name, line);
        _merge.Feed(source, line);
    }

    public void OnEnded(string name)
    {
        if (_sources.TryRemove(name, out var source))
            _merge.Close(source);
    }

    /// <summary>Judges what is known by now.</summary>
    public void JudgeWhatIsKnown()
    {
        foreach (var (source, line) in _merge.Drain())
        {
            Judge.Hear(source, line);
            Listener?.Invoke(source, line);
        }
    }

    /// <summary>Waits until each of the keys was granted after a time; the keys that were not within the bound.</summary>
    public Task<IReadOnlyList<string>> WhenGrantedAsync(IEnumerable<string> keys, long since, TimeSpan bound, CancellationToken cancellationToken) =>
        WhenAllAsync(keys, key => LastGrant(key) > since, bound, cancellationToken);

    /// <summary>Waits until each of the keys was granted to callers of one process; the keys that were not within the bound.</summary>
    public Task<IReadOnlyList<string>> WhenGrantedToAsync(string source, IEnumerable<string> keys, long since, TimeSpan bound, CancellationToken cancellationToken) =>
        WhenAllAsync(keys, key => LastGrantTo(source, key) > since, bound, cancellationToken);

    private static async Task<IReadOnlyList<string>> WhenAllAsync(
        IEnumerable<string> keys, Func<string, bool> isGranted, TimeSpan bound, CancellationToken cancellationToken)
    {
        var until = Clock.Now + Clock.Nanoseconds(bound);
        while (true)
        {
            var missing = keys.Where(key => !isGranted(key)).ToList();
            if (missing.Count == 0 || Clock.Now > until)
                return missing;
            await Clock.DelayAsync(Poll, cancellationToken);
        }
    }

    /// <summary>The longest time without a grant of a key between two times.</summary>
    public long LongestStretch(string key, long from, long to)
    {
        var (last, longest) = (from, 0L);
        lock (_gate)
        {
            var grants = _grants[key];
            var index = grants.BinarySearch(from);
            for (index = index < 0 ? ~index : index; index < grants.Count && grants[index] <= to; index++)
            {
                longest = Math.Max(longest, grants[index] - last);
                last = grants[index];
            }
        }

        return Math.Max(longest, to - last > Stuck ? to - last : 0);
    }

    private long LastGrant(string key)
    {
        lock (_gate)
            return _grants[key] is [.., var last] ? last : 0;
    }

    private long LastGrantTo(string source, string key)
    {
        lock (_gate)
            return _lastGrants.GetValueOrDefault((source, key));
    }

    private void Count(string source, HistoryLine line)
    {
        switch (line.What)
        {
            case Happening.Granted:
                Interlocked.Increment(ref _operations);
                NoteGrant(source, line);
                break;
            case Happening.Denied or Happening.Released or Happening.Verified or Happening.Decided or Happening.Upgraded or Happening.Downgraded:
                Interlocked.Increment(ref _operations);
                break;
            case Happening.Failed:
                _failures.AddOrUpdate(line.Detail ?? "?", 1, (_, count) => count + 1);
                break;
        }
    }

    private void NoteGrant(string source, HistoryLine line)
    {
        if (line.Key is null || !_grants.TryGetValue(line.Key, out var grants))
            return;
        lock (_gate)
        {
            // From several processes, so nearly in order.
            var index = grants.Count;
            while (index > 0 && grants[index - 1] > line.At)
                index--;
            grants.Insert(index, line.At);
            _lastGrants[(source, line.Key)] = line.At;
        }
    }
}
