namespace LockGrains.Simulation;

/// <summary>
/// Sessions. What is held under one may be handed on before its own lease is over, but only when storage had the end of the session before. Its client
/// believes in it for no longer than in the session. And once somebody waits, it is not held for much longer than its session lives.
/// </summary>
internal sealed class SessionChecker(Evidence evidence)
{
    /// <summary>Whether storage has, or had at a time, that the session of an attempt is over. A storage that lost the session's record has ended it.</summary>
    public static bool IsOver(Evidence evidence, AttemptFacts attempt, long at) =>
        attempt.Session is { } session
        && (evidence.WasHeadLost(session) || FindEnd(evidence.Key(session.Key), attempt.SessionToken) <= at);

    /// <summary>A record was written: notes which sessions it names, and which no more.</summary>
    public static void OnCommitted(KeyFacts key, CommitFacts commit, long now)
    {
        if (!key.IsOfSessions)
            return;
        foreach (var holder in key.Committed?.Holders ?? [])
        {
            if (commit.Find(holder.Lease)?.Token != holder.Token && key.SessionsUntil.GetValueOrDefault(holder.Token) == long.MaxValue)
                key.SessionsUntil[holder.Token] = now;
        }

        foreach (var holder in commit.Holders)
            key.SessionsUntil.TryAdd(holder.Token, long.MaxValue);
        key.TokensOfSessions.Add((commit.LastToken, now));
    }

    // A session that was granted and revoked by one write is in no record. It is over with the first one that knows its token, for tokens only grow.
    private static long FindEnd(KeyFacts key, long token)
    {
        if (key.SessionsUntil.TryGetValue(token, out var until))
            return until;
        foreach (var (stored, at) in key.TokensOfSessions)
        {
            if (stored >= token)
                return at;
        }

        return long.MaxValue;
    }

    /// <summary>An activation told that a hold, or a wait, ended since its session is over.</summary>
    public void OnEndedBySession(ActivationFacts activation, AttemptFacts attempt)
    {
        if (!IsOver(evidence, attempt, evidence.Now))
            evidence.Fail("session end stored", $"{activation} ended {Short.Of(attempt.Lease)} for the end of its session, which storage does not have");
    }

    /// <summary>A lease ran out by itself.</summary>
    public void OnExpired(ActivationFacts activation, AttemptFacts attempt)
    {
        if (attempt.Session is not { } session || evidence.CalmSince < 0 || activation.Queued.Count == 0 || activation.IsClockBroken)
            return;

        // Who is dead or asks for its end renews nothing. By then the session's lease is over on every silo, and storage is asked.
        var goneAt = session.EndAskedAt < 0 ? session.ForsakenAt : session.EndAskedAt;
        if (goneAt < 0 || evidence.Key(session.Key).Activations.Exists(other => other.IsClockBroken))
            return;
        var lease = session.Duration + session.Delay;
        var wantedAt = Math.Max(activation.LoadedAt, activation.Queued.Values.Min(queued => queued.At));
        var since = Math.Max(Math.Max(goneAt, evidence.CalmSince), wantedAt);
        if (evidence.Now > since + lease + (lease / 50) + evidence.Promises.SessionLag + (2 * evidence.Promises.StoreTimeout))
        {
            evidence.Fail("over with its session", $"{Short.Of(attempt.Lease)} was held until its own lease ran out, while somebody waited; "
                + $"the client of its session had gone at {Timeline.Time(goneAt)}");
        }
    }

    /// <summary>A client believes in a hold until a time. Where its machine slept since the session was last renewed, both last longer than they say.</summary>
    public void OnBelief(AttemptFacts attempt, long until)
    {
        if (attempt.Session is { IsClockBroken: false } session && (!session.IsBelieved || until > session.BelievedUntil + TimeSpan.TicksPerMillisecond))
            evidence.Fail("lost with its session", $"the client of {Short.Of(attempt.Lease)} believes in it until {Timeline.Time(until)}, longer than in its session");
    }

    /// <summary>A client believes in a session no more: nor in anything that it holds under it, from this moment.</summary>
    public void OnEndOfBelief(AttemptFacts session)
    {
        foreach (var attempt in session.AskedUnder)
        {
            if (attempt.IsBelieved && attempt.BelievedUntil > evidence.Now)
                evidence.Fail("lost with its session", $"the client of {Short.Of(attempt.Lease)} believes in it, and no more in its session");
        }
    }
}
