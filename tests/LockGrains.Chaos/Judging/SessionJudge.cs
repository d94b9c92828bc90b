using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// Judges sessions. As long as one lives, so does all that is held under it: that is judged with the beliefs of its holds. Once one has ended, what was
/// held under it must be granted to those who want it, within a bound.
/// </summary>
internal sealed class SessionJudge(Calm calm, Action<string, string> fail)
{
    /// <summary>
    /// How long a lock may take to be handed on once its session is over and nothing is in trouble: a lost reply of the session costs 26 s, and a dead
    /// waiter before the one that lives is dropped or ends after up to 15 s more.
    /// </summary>
    public const long Bound = 41_000_000_000;

    private static readonly long Lease = Clock.Nanoseconds(SessionCaller.Lease);

    private readonly Dictionary<string, ClientSession> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Source, int Attempt), long> _openings = [];
    private readonly Dictionary<string, List<ClientAttempt>> _holds = new(StringComparer.Ordinal);
    private readonly HashSet<string> _revoked = new(StringComparer.Ordinal);

    /// <summary>How many sessions were opened.</summary>
    public long Opened { get; private set; }

    /// <summary>Locks that were handed on although nobody released them, when nothing was in trouble: how long after that was possible, in seconds.</summary>
    public List<double> HandedOnAfter { get; } = [];

    /// <summary>The session of this name; null for none, and when it is not known.</summary>
    public ClientSession? Find(string? name) => name is null ? null : _sessions.GetValueOrDefault(name);

    /// <summary>The supervisor is about to end a session.</summary>
    public void OnRevoking(string name)
    {
        _revoked.Add(name);
        if (Find(name) is { } session)
            session.IsRevoked = true;
    }

    /// <summary>Notes a line of a session itself.</summary>
    /// <returns>Whether it is one.</returns>
    public bool Hear(string source, HistoryLine line)
    {
        switch (line.What)
        {
            case Happening.Opening:
                _openings[(source, line.Attempt)] = line.At;
                return true;
            case Happening.Opened when _openings.Remove((source, line.Attempt), out var askedAt):
                Opened++;
                _sessions[line.Session!] = new ClientSession(line.Session!, askedAt) { IsRevoked = _revoked.Contains(line.Session!) };
                return true;
            case Happening.SessionBelieved when Find(line.Session) is { } session:
                Believe(session, line.Until);
                return true;
            case Happening.SessionLost or Happening.Closing:
                _sessions.Remove(line.Session!);
                return true;
            case Happening.Opened or Happening.SessionBelieved:
                return true;
            default:
                return false;
        }
    }

    /// <summary>A lock was granted; what was held under sessions and kept it from that has ended.</summary>
    public void OnGranted(KeyJudge key, ClientAttempt attempt, long at)
    {
        attempt.Session?.Holds.Add((attempt, key));
        if (!_holds.TryGetValue(key.Name, out var holds))
        {
            if (attempt.Session is null)
                return;
            _holds.Add(key.Name, holds = []);
        }

        var former = holds.Where(other => other.Asked.Excludes(attempt.Asked)).ToList();
        if (former.Exists(other => other.Session is not null && !other.IsOver) && calm.Since <= at)
            CheckHandOn(key.Name, former, attempt, at);
        holds.RemoveAll(former.Contains);
        holds.Add(attempt);
    }

    /// <summary>Records of keys were lost.</summary>
    public void Forget(IEnumerable<string> keys)
    {
        foreach (var key in keys)
            _holds.Remove(key);
    }

    private static void Believe(ClientSession session, long until)
    {
        session.Holds.RemoveAll(hold => hold.Attempt.IsOver);
        foreach (var (attempt, key) in session.Holds)
            key.OnBelieved(attempt, until);
    }

    private void CheckHandOn(string key, List<ClientAttempt> former, ClientAttempt attempt, long at)
    {
        var over = former.Max(other => other.Belief?.Until ?? 0);
        var free = Math.Max(Math.Max(over + Lease, attempt.AskedAt), calm.Since);
        HandedOnAfter.Add(Clock.Seconds(at - Math.Max(Math.Max(over, attempt.AskedAt), calm.Since)));
        if (at - free > Bound)
        {
            fail("free after its session", string.Create(
                CultureInfo.InvariantCulture,
                $"{key} was granted to {attempt.Name} {Clock.Seconds(at - free):0.0} s after it had to be free: it was held under the session {former[^1].Session?.Name}"));
        }
    }
}
