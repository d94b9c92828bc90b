using System.Globalization;
using LockGrains.Simulation;

namespace LockGrains.Chaos;

/// <summary>Judges one key.</summary>
internal sealed class KeyJudge
{
    private const int LinesMax = 400;
    private const int EvidenceMax = 40;

    // No hold that ended so long ago can overlap one that is still told about.
    private const long Forgotten = 120_000_000_000;

    // The checkers count in ticks of 100 ns.
    private const long Tick = 100;

    private readonly string _name;
    private readonly Func<long> _now;
    private readonly Action<string, string, IReadOnlyList<string>> _fail;
    private readonly Queue<(string Source, HistoryLine Line)> _lines = [];
    private readonly Dictionary<long, (string Name, long LeftAheadAt)> _owners = [];
    private readonly List<ClientAttempt> _holds = [];
    private readonly HashSet<(long, long)> _told = [];
    private readonly Evidence _resource;
    private readonly TokenChecker _tokens;
    private Evidence _evidence;
    private HistoryChecker _order;
    private bool _isResourceBroken;
    private bool _isOrderBroken;
    private long _lostAt = -1;

    public KeyJudge(string name, Func<long> now, Action<string, string, IReadOnlyList<string>> fail)
    {
        _name = name;
        _now = now;
        _fail = fail;
        _resource = MakeEvidence();
        _tokens = new TokenChecker(_resource, new Coverage());
        _evidence = MakeEvidence();
        _order = new HistoryChecker(_evidence);
    }

    public void Remember(string source, HistoryLine line)
    {
        if (_lines.Count == LinesMax)
            _lines.Dequeue();
        _lines.Enqueue((source, line));
    }

    public static ClientAttempt OnAsked(string name, long at) => new(name, new AttemptFacts
    {
        Lease = Guid.NewGuid(),
        Key = 0,
        Duration = 0,
        Renews = true,
        FirstSentAt = at / Tick,
    });

    public void OnGranted(ClientAttempt attempt, long token, long at, long until)
    {
        CheckOwner(token, attempt.Name, "was granted");
        (attempt.Token, attempt.HoldsFrom, attempt.HoldsUntil) = (token, at, until);
        _evidence.Add(attempt.Facts);
        See(attempt, token, attempt.Facts.FirstSentAt * Tick, at, AnswerKind.Granted);
        _holds.RemoveAll(hold => hold.HoldsUntil < _now() - Forgotten);
        _holds.Add(attempt);
        CheckOverlap(attempt);
    }

    public void OnBelieved(ClientAttempt attempt, long until)
    {
        if (attempt.IsOver || until <= attempt.HoldsUntil)
            return;
        attempt.HoldsUntil = until;
        CheckOverlap(attempt);
    }

    /// <summary>The cluster said that a hold is current, at some time after it was asked.</summary>
    public void OnVerified(ClientAttempt attempt, long token, long askedAt, long at) => See(attempt, token, askedAt, at, AnswerKind.Current);

    public static void OnEndOfBelief(ClientAttempt attempt, long at)
    {
        // If it was over before, by its own clock, it stays so.
        attempt.HoldsUntil = Math.Min(attempt.HoldsUntil, at);
        attempt.IsOver = true;
    }

    /// <summary>The resource took or refused a write. Nothing excuses a token that has two owners, or one that is taken out of order.</summary>
    public void OnDecided(HistoryLine line)
    {
        CheckOwner(line.Token, line.Detail!, "wrote");
        _tokens.OnWrite(0, Guid.Empty, line.Token, line.IsYes);
        if (_resource.Violation is { } violation && !_isResourceBroken)
        {
            _isResourceBroken = true;
            Fail(violation.Rule, violation.What, line.Token);
        }
    }

    /// <summary>From now on, whatever began until then is forgiven.</summary>
    public void Excuse(long until) => _lostAt = until;

    /// <summary>Records were lost at some time between two: what was seen before the first is judged, what began before the second is forgiven.</summary>
    public void OnLost(long from, long until)
    {
        var known = _evidence.Key(0).Attempts;
        known.RemoveAll(attempt => attempt.Holds.Exists(hold => hold.SeenAt > from / Tick));
        foreach (var hold in known.SelectMany(attempt => attempt.Holds))
            hold.AskedAt = Math.Min(hold.AskedAt, from / Tick);
        CheckOrder();
        _evidence = MakeEvidence();
        _order = new HistoryChecker(_evidence);
        _evidence.Key(0).HeadLostAt = until / Tick;
        _isOrderBroken = false;
    }

    public void CheckOrder()
    {
        _order.CheckAll();
        if (_evidence.Violation is { } violation && !_isOrderBroken)
        {
            _isOrderBroken = true;
            _fail(violation.Rule, $"{_name}: {violation.What}. Attempts by token: {DescribeHolds(violation.What)}", []);
        }
    }

    private void See(ClientAttempt attempt, long token, long askedAt, long at, AnswerKind kind)
    {
        var call = new CallFacts { Id = 0, Key = 0, Lease = attempt.Facts.Lease, Kind = CallKind.Acquire, SentAt = askedAt / Tick };
        _order.OnReceived(attempt.Facts, call, new AnswerFacts(kind, token), isAwaited: true, at / Tick);
    }

    private void CheckOwner(long token, string owner, string did)
    {
        if (_owners.TryAdd(token, (owner, IsAhead(token) ? _now() : long.MaxValue)) || _owners[token].Name == owner)
            return;

        // From a silo whose clock was ahead, and then the record was lost that knew so: nobody can keep that token from coming again.
        var (first, leftAheadAt) = _owners[token];
        if (leftAheadAt > _lostAt)
            Fail("token unique", $"{owner} {did} with token {token}, which belongs to {first}", token);
        else
            _owners[token] = (owner, long.MaxValue);
    }

    private void CheckOverlap(ClientAttempt attempt)
    {
        foreach (var other in _holds)
        {
            var overlap = Math.Min(attempt.HoldsUntil, other.HoldsUntil) - Math.Max(attempt.HoldsFrom, other.HoldsFrom);
            if (other == attempt || overlap <= 0 || IsExcused(attempt) || IsExcused(other) || !_told.Add((Math.Min(attempt.Token, other.Token), Math.Max(attempt.Token, other.Token))))
                continue;
            Fail(
                "timed exclusion",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{other.Name} (token {other.Token}) and {attempt.Name} (token {attempt.Token}) both believe to hold, for {overlap / 1e6:0.0} ms"),
                attempt.Token);
        }
    }

    // Its clock part, in milliseconds since 1970, beyond the skew that the lock is told of and the lead of a record that was made anew.
    private bool IsAhead(long token) => (token >> 11) - Clock.ToUnixMilliseconds(_now()) > 15_000;

    private bool IsExcused(ClientAttempt attempt) => _lostAt >= attempt.Facts.FirstSentAt * Tick;

    private Evidence MakeEvidence() => new(
        new Promises
        {
            FirstLease = 0,
            Window = 0,
            MaxClockSkew = 0,
            StoreTimeout = 0,
            RestartsMax = 0,
            QueueLimit = 0,
            ValidationAge = 0,
            ReleaseWriteDelay = 1,
        },
        () => _now() / Tick);

    // The checkers know attempts by ids that mean nothing to a reader; the token tells who it was.
    private string DescribeHolds(string what) => string.Join(", ", what.Split(' ', '(', ')', ':', ',').Distinct()
        .Where(word => long.TryParse(word, CultureInfo.InvariantCulture, out var token) && _owners.ContainsKey(token))
        .Select(word => $"{word} is {_owners[long.Parse(word, CultureInfo.InvariantCulture)].Name}"));

    private void Fail(string rule, string what, long token)
    {
        var lines = _lines.ToArray();
        var last = Array.FindLastIndex(lines, entry => entry.Line.Token == token);
        var from = Math.Max(0, (last < 0 ? lines.Length : last) - EvidenceMax + 5);
        _fail(rule, $"{_name}: {what}", [.. lines.Skip(from).Take(EvidenceMax).Select(entry => $"{entry.Source} {entry.Line.ToText()}")]);
    }
}
