namespace LockGrains.Simulation;

/// <summary>
/// Linearizability of each key (I3), from nothing but what clients sent and received. Each hold must have a moment at which it began
/// and one at which it ended: begun after its first request was sent and before the first answer that says so; ended after the last
/// request was sent that was answered as by a holder, and before the first answer that says it is over. So must each part of it, where it was
/// changed; an upgrade is a second hold, which begins inside the first. Tokens tell the order of the
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
        if (answer.IsOfHold)
        {
            var hold = Find(attempt, answer);
            if (hold is null)
                attempt.Holds.Add(hold = new HoldFacts { Share = ShareOf(attempt, answer), Change = answer.Change, SeenAt = now });
            hold.AskedAt = Math.Max(hold.AskedAt, call.SentAt);
            hold.IsTold |= isAwaited;
        }
        else if (evidence.Promises.ReleaseWriteDelay == 0 && answer.Kind == AnswerKind.Ended && attempt.Holds is [.., var last] && call.SentAt >= last.SeenAt && last.EndSeenAt < 0)
        {
            last.EndSeenAt = now;
        }
    }

    private static HoldFacts? Find(AttemptFacts attempt, AnswerFacts answer) =>
        attempt.Holds.Find(known => known.Token == answer.Token && known.Change == answer.Change && known.Share.Mode == answer.Mode);

    private static ShareFacts ShareOf(AttemptFacts attempt, AnswerFacts answer) => new(attempt.Lease, answer.Token, answer.Mode)
    {
        Permits = answer.Permits,
        Limit = attempt.Limit,
        Numbers = answer.Numbers,
    };

    private void Check(KeyFacts key)
    {
        var search = new OrderSearch();
        foreach (var hold in key.Attempts.Where(attempt => !evidence.WasHeadLost(attempt)).SelectMany(SeenHold.Of).OrderBy(hold => hold.First.Token))
        {
            if (search.Place(hold) is not { } problem)
                continue;
            evidence.Fail("linearizable", $"no order explains what clients saw of key {key.Index}: {hold.First}: {problem}");
            return;
        }
    }
}
