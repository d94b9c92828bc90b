using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// Judges the merged history. Tokens at the resource and the order of exclusive holds are judged by the simulator's checkers, which share no
/// code with the lock; what a black box cannot tell them, this adds: whose token it is, who believes to hold at one time, the order of all holds,
/// and who was overtaken.
/// </summary>
internal sealed class ClientJudge
{
    private readonly Dictionary<string, KeyJudge> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Source, int Attempt), ClientAttempt> _attempts = [];
    private readonly List<BrokenPromise> _broken = [];
    private long _now;

    public ClientJudge()
    {
        Sessions = new SessionJudge(Calm, (rule, what) => Fail(rule, what));
        Watches = new WatchJudge(Calm, (key, token) => Key(key).FindOwner(token), FailKey);
        Once = new OnceJudge(Calm, (rule, what) => Fail(rule, what));
    }

    /// <summary>Whether anything is in trouble just now; the run says so.</summary>
    public Calm Calm { get; } = new();

    public SessionJudge Sessions { get; }

    public WatchJudge Watches { get; }

    public OnceJudge Once { get; }

    /// <summary>What was broken so far.</summary>
    public IReadOnlyList<BrokenPromise> Broken => _broken;

    public long Grants { get; private set; }

    /// <summary>Those of them that callers over HTTP had.</summary>
    public long HttpGrants { get; private set; }

    /// <summary>Notes a line; lines come in the order of time.</summary>
    public void Hear(string source, HistoryLine line)
    {
        _now = line.At;
        HttpGrants += line.What == Happening.Granted && source.StartsWith(HttpWorker.Verb, StringComparison.Ordinal) ? 1 : 0;
        if (Sessions.Hear(source, line) || line.Key is null)
            return;
        var key = Key(line.Key);
        if (line.What != Happening.Watching)
            key.Remember(source, line);
        if (Watches.Hear(source, line) || Once.Hear(source, line))
            return;
        Watches.OnHold(line);
        if (line.What == Happening.Decided)
        {
            key.OnDecided(line);
            return;
        }

        if (line.What == Happening.Asked)
        {
            _attempts[(source, line.Attempt)] = key.OnAsked($"{source}/{line.Attempt}", line, Sessions.Find(line.Session));
            return;
        }

        if (_attempts.TryGetValue((source, line.Attempt), out var attempt))
        {
            var wasOver = attempt.IsOver;
            Hear(key, attempt, line);
            if (IsLast(attempt, line.What, wasOver))
                _attempts.Remove((source, line.Attempt));
        }
    }

    /// <summary>Acknowledged records of keys were lost until a time; say so before the history until then is heard.</summary>
    public void Excuse(IEnumerable<string> keys, long until)
    {
        var lost = WithPermits(keys);
        foreach (var key in lost)
            Key(key).Excuse(until);
        Watches.Forget(lost, until);
        Once.Forget(lost, until);
    }

    /// <summary>They were lost at some time between two, and the history until then has been heard.</summary>
    public void OnLost(IEnumerable<string> keys, long from, long until)
    {
        var lost = WithPermits(keys);
        foreach (var key in lost)
            Key(key).OnLost(from, until);
        Sessions.Forget(lost);
        Watches.Forget(lost, until);
        Once.Forget(lost, until);
    }

    /// <summary>All keys that were ever used, and their permits.</summary>
    public IReadOnlyList<string> Keys => [.. _keys.Keys];

    public KeyFigures FiguresOf(string key) => Key(key).Figures;

    /// <summary>Looks for an order of all holds that explains what clients saw.</summary>
    public void CheckOrder()
    {
        foreach (var key in _keys.Values)
            key.CheckOrder();
    }

    /// <summary>Adds what another part of the run saw broken.</summary>
    public void Fail(string rule, string what, IReadOnlyList<string>? evidence = null) => _broken.Add(new BrokenPromise(rule, what, _now, evidence ?? []));

    // One that was lost may still be released, which ends a lock-delay.
    private static bool IsLast(ClientAttempt attempt, Happening what, bool wasOver) => what switch
    {
        Happening.Released => true,
        Happening.Releasing => wasOver,
        Happening.Denied or Happening.Failed => !attempt.IsHolding,
        _ => false,
    };

    private void Hear(KeyJudge key, ClientAttempt attempt, HistoryLine line)
    {
        switch (line.What)
        {
            case Happening.Granted:
                Grants++;
                key.OnGranted(attempt, line);
                Sessions.OnGranted(key, attempt, line.At);
                break;
            case Happening.Placed:
                attempt.PlacedAt.Add(line.At);
                break;
            case Happening.Believed:
                key.OnBelieved(attempt, line.Until);
                break;
            case Happening.Upgrading:
                attempt.ChangeAskedAt = line.At;
                break;
            case Happening.Upgraded:
                key.OnUpgraded(attempt, line);
                break;
            case Happening.Downgrading:
                attempt.ChangeAskedAt = line.At;
                key.OnDowngrading(attempt, line);
                break;
            case Happening.Downgraded:
                attempt.Hold?.ProveGivenBack(attempt.ChangeAskedAt);
                break;
            case Happening.Verified when line.IsYes:
                key.OnVerified(attempt, line);
                break;
            case Happening.Wrote when !line.IsYes && line.Detail is null:
                key.OnRefused(attempt, line, Key(line.Numbers is [var number] ? LoadKeys.OfNumber(line.Key!, number) : line.Key!).Highest);
                break;
            case Happening.Lost or Happening.Releasing:
                KeyJudge.OnEndOfBelief(attempt, line.At, isReleased: line.What == Happening.Releasing);
                break;
        }
    }

    private void FailKey(string rule, string key, string what) => Key(key).Fail(rule, what, token: 0);

    // The resource knows each permit by a name of its own; it is lost with its key.
    private List<string> WithPermits(IEnumerable<string> keys)
    {
        var lost = keys.ToHashSet(StringComparer.Ordinal);
        return [.. lost.Concat(_keys.Keys.Where(name => lost.Contains(LoadKeys.KeyOf(name)))).Distinct()];
    }

    private KeyJudge Key(string name)
    {
        if (!_keys.TryGetValue(name, out var key))
            _keys.Add(name, key = new KeyJudge(name, () => _now, Fail));
        return key;
    }
}

/// <summary>A promise that was broken, with the lines that show it.</summary>
internal sealed record BrokenPromise(string Rule, string What, long At, IReadOnlyList<string> Evidence)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Rule}] at {Clock.Seconds(At):0.000} s: {What}");
}
