using LockGrains.Simulation;

namespace LockGrains.Chaos;

/// <summary>Judges one key.</summary>
internal sealed class KeyJudge
{
    private const int LinesMax = 400;
    private const int EvidenceMax = 40;

    // The simulator's checkers count in ticks of 100 ns.
    private const long Tick = 100;

    private readonly string _name;
    private readonly Func<long> _now;
    private readonly Action<string, string, IReadOnlyList<string>> _fail;
    private readonly Queue<(string Source, HistoryLine Line)> _lines = [];
    private readonly Dictionary<long, TokenOwner> _owners = [];
    private readonly BeliefChecker _beliefs;
    private readonly ArrivalChecker _arrivals;
    private readonly DelayChecker _delays;
    private readonly HoldOrder _holds = new();
    private readonly FenceChecker _fence;
    private Evidence _evidence;
    private HistoryChecker _order;
    private bool _isShared;
    private bool _isResourceBroken;
    private bool _isOrderBroken;
    private long _lostAt = -1;
    private long _orderLostAt = -1;

    public KeyJudge(string name, Func<long> now, Action<string, string, IReadOnlyList<string>> fail)
    {
        _name = name;
        _now = now;
        _fail = fail;
        _beliefs = new BeliefChecker(IsExcused, Fail);
        _arrivals = new ArrivalChecker(Fail);
        _delays = new DelayChecker(IsExcused, Fail);
        var resource = MakeEvidence();
        _fence = new FenceChecker(resource, new TokenChecker(resource, new Coverage()));
        _evidence = MakeEvidence();
        _order = new HistoryChecker(_evidence);
    }

    public string Name => _name;

    /// <summary>The largest token that the resource took under this name, and whose it is.</summary>
    public (long Token, string Owner) Highest => _fence.Highest;

    public KeyFigures Figures => new(_beliefs.MostPermits, _arrivals.Known, _arrivals.Overtakes);

    public void Remember(string source, HistoryLine line)
    {
        if (_lines.Count == LinesMax)
            _lines.Dequeue();
        _lines.Enqueue((source, line));
    }

    /// <summary>The attempt that a token belongs to, if anybody has used it by now.</summary>
    public string? FindOwner(long token) => _owners.GetValueOrDefault(token)?.Name;

    public ClientAttempt OnAsked(string name, HistoryLine line, ClientSession? session = null)
    {
        _isShared |= line.Share.Mode != LockMode.Exclusive;
        return new ClientAttempt(name, line.Share, line.At, new AttemptFacts
        {
            Lease = Guid.NewGuid(),
            Key = 0,
            Duration = 0,
            Renews = true,
            FirstSentAt = line.At / Tick,
        }, session)
        { Delay = line.Delay };
    }

    public void OnGranted(ClientAttempt attempt, HistoryLine line)
    {
        CheckOwner(line.Token, attempt.Name, "was granted", attempt.AskedAt);
        var share = line.Share with { Limit = attempt.Asked.Limit };
        if (share.Mode != attempt.Asked.Mode || share.Permits != attempt.Asked.Permits)
            Fail("granted as asked", $"{attempt.Name} asked for {attempt.Asked}, and was granted {share}", line.Token);
        if (share.Limit > 0 && (share.Numbers.Distinct().Count() != share.Permits || share.Numbers.Any(number => number < 0 || number >= share.Limit)))
            Fail("permit numbers", $"{attempt.Name} was granted {share}", line.Token);
        attempt.Hold = new OrderedHold(attempt, line.Token, attempt.AskedAt, line.At, share);
        _holds.Add(attempt.Hold);
        _evidence.Add(attempt.Facts);
        See(attempt, line.Token, attempt.AskedAt, line.At, AnswerKind.Granted);
        if (!IsExcused(attempt))
            _arrivals.OnGranted(attempt, line.Token, line.At);
        Believe(attempt, line.Token, share, line.At, line.Until);
        _delays.OnGranted(attempt, line.Token, line.At);
    }

    public void OnBelieved(ClientAttempt attempt, long until)
    {
        if (attempt.IsOver || attempt.Belief is not { } belief || until <= belief.Until)
            return;
        belief.Until = until;
        _beliefs.Check(belief);
    }

    /// <summary>An upgrade was granted: the holder has been alone, with a larger token, from some time after it was asked for.</summary>
    public void OnUpgraded(ClientAttempt attempt, HistoryLine line)
    {
        if (attempt.IsOver || attempt.Hold is not { } former)
            return;
        CheckOwner(line.Token, attempt.Name, "was upgraded", attempt.AskedAt);
        former.Prove(attempt.ChangeAskedAt);
        attempt.Hold = new OrderedHold(attempt, line.Token, attempt.ChangeAskedAt, line.At, Share.Whole) { Former = former };
        _holds.Add(attempt.Hold);
        Believe(attempt, line.Token, Share.Whole, line.At, line.Until);
    }

    /// <summary>A downgrade was sent: from here on its holder has what is left, whatever comes of it.</summary>
    public void OnDowngrading(ClientAttempt attempt, HistoryLine line)
    {
        if (attempt.IsOver || attempt is not { Belief: { } belief, Hold: { } hold })
            return;
        var left = line.Share with { Limit = attempt.Asked.Limit };
        hold.GiveBack(left);
        Believe(attempt, belief.Token, left, line.At, belief.Until);
    }

    /// <summary>The cluster said that a hold is current, at some time after it was asked.</summary>
    public void OnVerified(ClientAttempt attempt, HistoryLine line)
    {
        attempt.Hold?.Prove(line.Until);
        See(attempt, line.Token, line.Until, line.At, AnswerKind.Current);
    }

    public static void OnEndOfBelief(ClientAttempt attempt, long at, bool isReleased)
    {
        attempt.IsReleased |= isReleased;
        // If it was over before, by its own clock, it stays so.
        if (attempt.Belief is { } belief)
            belief.Until = Math.Min(belief.Until, at);
        attempt.IsOver = true;
    }

    /// <summary>The resource took or refused a write or a read. Nothing excuses a token that has two owners, or one that is taken out of order.</summary>
    public void OnDecided(HistoryLine line)
    {
        CheckOwner(line.Token, line.Detail!, "used the resource");
        if (_fence.OnDecided(line) is { } problem && !_isResourceBroken)
        {
            _isResourceBroken = true;
            Fail("fenced exclusion", problem, line.Token);
        }
    }

    /// <summary>A client that believes to hold was refused by the resource: somebody else was granted the lock since, and wrote.</summary>
    /// <param name="attempt">The client's attempt.</param>
    /// <param name="line">When it was refused.</param>
    /// <param name="ahead">Whose token is the largest at the resource.</param>
    public void OnRefused(ClientAttempt attempt, HistoryLine line, (long Token, string Owner) ahead)
    {
        if (attempt.IsOver || attempt.Belief is not { } belief || line.At >= belief.Until || IsExcused(attempt) || ahead.Owner == attempt.Name)
            return;

        // One whose request is older than the loss of records may have a token of before, from a clock that was ahead.
        if (_owners.TryGetValue(ahead.Token, out var owner) && owner.AskedAt > _lostAt)
            Fail("holder refused", $"{attempt.Name} believes to hold, and was refused with token {line.Token} after {ahead.Owner} wrote with {ahead.Token}", line.Token);
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
        _holds.ForgetAfter(from);
        CheckOrder();
        _evidence = MakeEvidence();
        _order = new HistoryChecker(_evidence);
        _evidence.Key(0).HeadLostAt = until / Tick;
        _holds.Clear();
        _orderLostAt = until;
        _arrivals.Forget();
        _isOrderBroken = false;
    }

    public void CheckOrder()
    {
        if (_isOrderBroken || FindOrderProblem() is not { } problem)
            return;
        _isOrderBroken = true;
        _fail("linearizable", $"{_name}: {problem}", []);
    }

    // Where only one may hold, the simulator's checker looks too; it knows attempts by ids that mean nothing to a reader.
    private string? FindOrderProblem()
    {
        var problem = _holds.FindProblem(_orderLostAt);
        if (!_isShared)
            _order.CheckAll();
        return (problem, _evidence.Violation) switch
        {
            (null, null) => null,
            (_, { } violation) => $"{violation.What}. {problem}",
            _ => $"no order explains what clients saw: {problem}",
        };
    }

    private void See(ClientAttempt attempt, long token, long askedAt, long at, AnswerKind kind)
    {
        var call = new CallFacts { Id = 0, Key = 0, Lease = attempt.Facts.Lease, Kind = CallKind.Acquire, SentAt = askedAt / Tick };
        _order.OnReceived(attempt.Facts, call, new AnswerFacts(kind, token), isAwaited: true, at / Tick);
    }

    private void Believe(ClientAttempt attempt, long token, Share share, long from, long until)
    {
        if (attempt.Belief is { } before)
            before.Until = Math.Min(before.Until, from);
        attempt.Belief = new Belief(attempt, token, share, from, until);
        _beliefs.Add(attempt.Belief);
    }

    private void CheckOwner(long token, string owner, string did, long askedAt = -1)
    {
        if (_owners.TryAdd(token, new TokenOwner(owner, IsAhead(token) ? _now() : long.MaxValue, askedAt)) || _owners[token].Name == owner)
            return;

        // From a silo whose clock was ahead, and then the record was lost that knew so: nobody can keep that token from coming again.
        var first = _owners[token];
        if (first.LeftAheadAt > _lostAt)
            Fail("token unique", $"{owner} {did} with token {token}, which belongs to {first.Name}", token);
        else
            _owners[token] = new TokenOwner(owner, long.MaxValue, askedAt);
    }

    // Its clock part, in milliseconds since 1970, beyond the skew that the lock is told of and the lead of a record that was made anew.
    private bool IsAhead(long token) => (token >> 11) - Clock.ToUnixMilliseconds(_now()) > 15_000;

    private bool IsExcused(ClientAttempt attempt) => _lostAt >= attempt.Since || attempt.Session is { IsRevoked: true };

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

    /// <summary>Says what is broken, with the lines that led to it.</summary>
    public void Fail(string rule, string what, long token)
    {
        var lines = _lines.ToArray();
        var last = Array.FindLastIndex(lines, entry => entry.Line.Token == token);
        var from = Math.Max(0, (last < 0 ? lines.Length : last) - EvidenceMax + 5);
        _fail(rule, $"{_name}: {what}", [.. lines.Skip(from).Take(EvidenceMax).Select(entry => $"{entry.Source} {entry.Line.ToText()}")]);
    }

    private sealed record TokenOwner(string Name, long LeftAheadAt, long AskedAt);
}

/// <summary>What the judge counted for one key.</summary>
/// <param name="MostPermits">The most permits that were out at one time.</param>
/// <param name="PlacesKnown">Grants of which an overtaking would have been seen.</param>
/// <param name="Overtakes">Those that were overtaken.</param>
internal sealed record KeyFigures(int MostPermits, long PlacesKnown, long Overtakes);
