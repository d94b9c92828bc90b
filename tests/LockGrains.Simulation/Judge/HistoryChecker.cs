namespace LockGrains.Simulation;

/// <summary>
/// Linearizability of each key (I3), from nothing but what clients sent and received. Each hold must have a moment at which it began
/// and one at which it ended: begun after its first request was sent and before the first answer that says so; ended after the last
/// request was sent that was answered as by a holder, and before the first answer that says it is over. Tokens tell the order of the
/// holds, so a greedy choice of the earliest moments finds an order if there is one (Gibbons and Korach 1997); the reference lock
/// then takes every step of it. What was never answered may have happened or not.
/// </summary>
internal sealed class HistoryChecker(Evidence evidence)
{
    public void CheckAll()
    {
        foreach (var key in evidence.Keys)
            Check(key);
    }

    /// <summary>
    /// Notes what an answer proves. An end is only proven for good where it was written before it was told: a policy may let a release
    /// be told first, and a crash may then take it back, as it may take back that a lease ran out. Until a successor is granted that
    /// harms nobody.
    /// <para>
    /// A hold that no client was ever told of is none that clients saw. A silo that slept for minutes may carry out a renewal that its client
    /// gave up as long ago, for a lease of a former life of the key whose record was created just then.
    /// </para>
    /// </summary>
    public void OnReceived(AttemptFacts attempt, CallFacts call, AnswerFacts answer, bool isAwaited, long now)
    {
        if (answer.Kind is AnswerKind.Granted or AnswerKind.Renewed or AnswerKind.Current)
        {
            var hold = attempt.Holds.Find(known => known.Token == answer.Token);
            if (hold is null)
                attempt.Holds.Add(hold = new HoldFacts { Lease = attempt.Lease, Token = answer.Token, SeenAt = now });
            hold.AskedAt = Math.Max(hold.AskedAt, call.SentAt);
            hold.IsTold |= isAwaited;
        }
        else if (answer.Kind == AnswerKind.Ended && evidence.Promises.ReleaseWriteDelay == 0
            && attempt.Holds is [.., var last] && call.SentAt >= last.SeenAt && last.EndSeenAt < 0)
        {
            last.EndSeenAt = now;
        }
    }

    private void Check(KeyFacts key)
    {
        var reference = new ReferenceLock();
        var earliest = 0L;
        var before = 0L;
        var holds = key.Attempts.Where(attempt => !evidence.WasHeadLost(attempt))
            .SelectMany(attempt => attempt.Holds.Where(hold => hold.IsTold).Select(hold => (attempt.FirstSentAt, Hold: hold))).OrderBy(pair => pair.Hold.Token);
        foreach (var (sentAt, hold) in holds)
        {
            var begins = Math.Max(earliest, sentAt);
            var ends = Math.Max(begins, hold.AskedAt);
            var problem = begins > hold.SeenAt ? $"it had to begin after it was seen, at {hold.SeenAt}: the one with token {before} was asked for until {earliest}"
                : hold.EndSeenAt >= 0 && ends > hold.EndSeenAt ? "it had to go on after it was seen to be over"
                : reference.Grant(hold.Lease, hold.Token) ?? reference.SeeHeld(hold.Lease) ?? reference.End(hold.Lease);
            if (problem is not null)
            {
                evidence.Fail("linearizable", $"no order explains what clients saw of key {key.Index}: "
                    + $"the hold of {Short.Of(hold.Lease)} (token {hold.Token}): {problem}");
                return;
            }

            (earliest, before) = (ends, ends > earliest ? hold.Token : before);
        }
    }
}
