namespace LockGrains.Simulation;

/// <summary>
/// Timed exclusion (I4), for resources that check no token. What clients believe at one time to hold fits together, and no successor is
/// granted the lock before a promised lease is over, unless its client asked to end it or an operator took it away.
/// </summary>
internal sealed class ExclusionChecker(Evidence evidence)
{
    /// <summary>A client believes that it holds so much until a time.</summary>
    public void OnBelief(AttemptFacts attempt, ShareFacts share, long until)
    {
        var wasOver = attempt.IsBelieved && !attempt.IsClockBroken && evidence.Now > attempt.BelievedUntil + TimeSpan.TicksPerMillisecond;
        if (attempt.HasStoppedBelieving || wasOver)
            evidence.Fail("lost is lost", $"the client of {Short.Of(attempt.Lease)} believes again that it holds");
        var believers = evidence.Key(attempt.Key).Believers;
        if (!attempt.IsBelieved)
        {
            attempt.IsBelieved = true;
            believers.Add(attempt);
        }

        (attempt.Believed, attempt.BelievedUntil) = (share, until);
        if (believers.Count < 2 || IsExcused(attempt))
            return;
        var shares = believers.Where(other => other == attempt || (other.BelievedUntil > evidence.Now && !IsExcused(other))).Select(other => other.Believed!);
        if (attempt.BelievedUntil > evidence.Now && FitRule.FindClash([.. shares]) is { } clash)
            evidence.Fail("timed exclusion", $"clients believe at one time that they hold, but {clash}");
    }

    public void OnEndOfBelief(AttemptFacts attempt)
    {
        attempt.HasStoppedBelieving = true;
        if (attempt.IsBelieved)
            evidence.Key(attempt.Key).Believers.Remove(attempt);
        attempt.IsBelieved = false;
    }

    /// <summary>
    /// A client received a promise of so long from when it asked. One of no time at all says only whose the lock is: its lease may have ended long
    /// before, and its lock-delay with it.
    /// </summary>
    public void OnPromise(AttemptFacts attempt, long sentAt, long validFor)
    {
        if (validFor <= 0)
            return;
        attempt.PromisedUntil = Math.Max(attempt.PromisedUntil, sentAt + Promises.Least(validFor));
        attempt.KeptBackUntil = Math.Max(attempt.KeptBackUntil, sentAt + Promises.Least(validFor + attempt.Delay));
        CheckSuccession(attempt);
    }

    /// <summary>Another attempt's grant was written, in a record that does not name this one any more.</summary>
    public void OnSucceeded(AttemptFacts attempt)
    {
        if (attempt.SucceededAt < 0)
            attempt.SucceededAt = evidence.Now;
        CheckSuccession(attempt);
    }

    private void CheckSuccession(AttemptFacts attempt)
    {
        if (attempt.SucceededAt < 0 || attempt.EndAskedAt >= 0 || IsExcusedItself(attempt))
            return;

        // A lock whose session is over is handed on though its own lease goes on: its client, which counts by the session, has lost it by then. However
        // the session ended, by an operator's word or its client's, storage had it before.
        if (SessionChecker.IsOver(evidence, attempt, attempt.SucceededAt))
            return;
        if (attempt.Session is not null && attempt.PromisedUntil > attempt.SucceededAt)
        {
            evidence.Fail("session end stored", $"{Short.Of(attempt.Lease)} was promised the lock until {Timeline.Time(attempt.PromisedUntil)}, and its successor was "
                + $"granted it at {Timeline.Time(attempt.SucceededAt)}, when storage did not have the end of its session");
        }
        else if (attempt.PromisedUntil > attempt.SucceededAt)
        {
            evidence.Fail("lease kept", $"{Short.Of(attempt.Lease)} was promised the lock until {Timeline.Time(attempt.PromisedUntil)}, "
                + $"but its successor was granted it at {Timeline.Time(attempt.SucceededAt)}");
        }
        else if (attempt.KeptBackUntil > attempt.SucceededAt)
        {
            evidence.Fail("delay kept", $"the lock-delay of {Short.Of(attempt.Lease)} lasts until {Timeline.Time(attempt.KeptBackUntil)}, "
                + $"but its successor was granted the lock at {Timeline.Time(attempt.SucceededAt)}");
        }
    }

    /// <summary>Whether beliefs in it are excused. What excuses those in a session excuses those in all that is held under it.</summary>
    public bool IsExcused(AttemptFacts attempt) => IsExcusedItself(attempt) || (attempt.Session is { } session && IsExcusedItself(session));

    // Time alone cannot exclude where the record was lost, the operator took the lock, or the client's clock stood still. And a lease
    // that was taken over again and again ends by the wall clock, which must then be right.
    private bool IsExcusedItself(AttemptFacts attempt) =>
        evidence.WasRevoked(attempt) || attempt.IsClockBroken || evidence.WasHeadLost(attempt)
        || ((evidence.AreWallClocksBroken || attempt.IsPromisedAsleep) && attempt.Takeovers >= evidence.Promises.RestartsMax);
}
