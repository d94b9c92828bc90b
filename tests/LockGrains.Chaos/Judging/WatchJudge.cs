using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// Judges what watchers were told: no state is older than the one before, the latest one comes in time when nothing is in trouble, and what a leader
/// proclaims is there while it leads, and not after that.
/// </summary>
/// <param name="calm">Since when nothing has been in trouble.</param>
/// <param name="findOwner">Finds the attempt that a token of a key belongs to, if that is known by now.</param>
/// <param name="fail">Told what is broken.</param>
internal sealed class WatchJudge(Calm calm, Func<string, long, string?> findOwner, Action<string, string, string> fail)
{
    /// <summary>How late a state may be when nothing is in trouble: a call that a lost silo took with it costs 9 s.</summary>
    public const long Bound = 12_000_000_000;

    // So long after all is healed an activation may still tell what was lost.
    private const long Forgiven = 15_000_000_000;

    private readonly Dictionary<(string Source, int Attempt), WatcherState> _watchers = [];
    private readonly Dictionary<string, WatchedKey> _keys = LoadKeys.Observed.ToDictionary(key => key, _ => new WatchedKey(), StringComparer.Ordinal);
    private readonly HashSet<(string, string Rule)> _told = [];

    // A watcher may be told of a leader before that one is. Then whose token it is is known a little later.
    private readonly List<(WatcherState Watcher, HistoryLine Line)> _ofUnknown = [];

    // From when on somebody watches a key, however often the watch begins anew.
    private readonly Dictionary<(string Source, string Key), long> _began = [];

    /// <summary>How many states were judged.</summary>
    public long States { get; private set; }

    /// <summary>How often it was looked whether a watcher knows the latest state.</summary>
    public long Looks { get; private set; }

    /// <summary>Notes a line of a watcher.</summary>
    /// <returns>Whether it is one.</returns>
    public bool Hear(string source, HistoryLine line)
    {
        if (line.What is not (Happening.Saw or Happening.Watching))
            return false;
        if (!_watchers.TryGetValue((source, line.Attempt), out var watcher))
        {
            _began.TryAdd((source, line.Key!), line.At);
            _watchers.Add((source, line.Attempt), watcher = new WatcherState($"{source}/{line.Attempt}", _began[(source, line.Key!)]));
        }

        CheckOfUnknown();
        var key = Key(line.Key!);
        key.Settle(line.At - Bound);
        if (line.What == Happening.Saw)
            OnSaw(watcher, key, line);
        else
            CheckBehind(watcher, key, line);
        return true;
    }

    /// <summary>Notes what a client was told of its own hold.</summary>
    public void OnHold(HistoryLine line)
    {
        if (line.Key is null || !_keys.TryGetValue(line.Key, out var key))
            return;
        if (line.What is Happening.Granted or Happening.Upgraded)
            key.OnGranted(line.Token, line.At);
        else if (line.What == Happening.Released && line.IsYes && calm.Since <= line.At)
            key.OnReleased(line.Token, line.At);
    }

    /// <summary>Records of keys were lost until a time.</summary>
    public void Forget(IEnumerable<string> keys, long until)
    {
        foreach (var name in keys.Where(_keys.ContainsKey))
            _keys[name] = new WatchedKey { LostUntil = until };
        if (keys.Contains(LoadKeys.Lead))
            _ofUnknown.Clear();
    }

    private void OnSaw(WatcherState watcher, WatchedKey key, HistoryLine line)
    {
        States++;
        if (!IsForgiven(key, line.At))
        {
            if (watcher.Last is { } last)
                CheckOrder(watcher, last, line);
            if (line.Key == LoadKeys.Lead)
                CheckProclaimed(watcher, line);
        }

        watcher.Last = line;
    }

    private void CheckOrder(WatcherState watcher, HistoryLine last, HistoryLine line)
    {
        if (line.Token < last.Token)
            Fail(watcher, line, "watch goes forward", $"was told the token {last.Token} and then {line.Token}");
        foreach (var token in (line.Holders ?? []).Where(token => token <= last.Token && last.Holders?.Contains(token) != true))
            Fail(watcher, line, "watch goes forward", $"was told that token {token} holds, after a state with the token {last.Token} in which it did not");
    }

    private void CheckProclaimed(WatcherState watcher, HistoryLine line)
    {
        var leader = line.Holders is [var token, ..] ? findOwner(line.Key!, token) : null;
        if (leader is null && line is { Holders: [_, ..], Detail: not null })
        {
            _ofUnknown.Add((watcher, line));
            return;
        }

        if (line.Detail != leader || (line.Holders is [_, ..] && line.Detail is null))
            FailProclaimed(watcher, line, leader);
    }

    private void CheckOfUnknown()
    {
        foreach (var (watcher, line) in _ofUnknown.ToList())
        {
            if (findOwner(line.Key!, line.Holders![0]) is not { } leader)
                continue;
            _ofUnknown.Remove((watcher, line));
            if (line.Detail != leader)
                FailProclaimed(watcher, line, leader);
        }
    }

    private void FailProclaimed(WatcherState watcher, HistoryLine line, string? leader) =>
        Fail(watcher, line, "proclaimed by its leader", $"was told that '{line.Detail}' is proclaimed, and '{leader ?? "nobody"}' leads");

    private void CheckBehind(WatcherState watcher, WatchedKey key, HistoryLine line)
    {
        if (Math.Max(watcher.BeganAt, calm.Since) > line.At - Bound || IsForgiven(key, line.At))
            return;
        Looks++;
        if ((watcher.Last?.Token ?? 0) < key.Settled)
            Fail(watcher, line, "watch keeps up", $"knows the token {watcher.Last?.Token ?? 0}, and {key.Settled} was granted {Clock.Seconds(Bound):0} s ago or before");
        foreach (var token in (watcher.Last?.Holders ?? []).Where(key.IsReleased))
            Fail(watcher, line, "watch keeps up", $"knows that token {token} holds, which was released {Clock.Seconds(Bound):0} s ago or before");
    }

    private bool IsForgiven(WatchedKey key, long at) => key.LostUntil is { } lost && calm.EndOf(lost) >= at - Forgiven;

    private WatchedKey Key(string name)
    {
        if (!_keys.TryGetValue(name, out var key))
            _keys.Add(name, key = new WatchedKey());
        return key;
    }

    private void Fail(WatcherState watcher, HistoryLine line, string rule, FormattableString what)
    {
        if (_told.Add((watcher.Name, rule)))
            fail(rule, line.Key!, $"{watcher.Name} {what.ToString(CultureInfo.InvariantCulture)}");
    }

    private sealed class WatcherState(string name, long beganAt)
    {
        public string Name => name;

        public long BeganAt => beganAt;

        public HistoryLine? Last { get; set; }
    }
}
