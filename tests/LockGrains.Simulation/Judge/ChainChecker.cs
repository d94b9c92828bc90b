namespace LockGrains.Simulation;

/// <summary>
/// The chain of records that the store accepted for a key (S1, S3, S4, S6): at most one holder, tokens and epochs that never go back,
/// nothing from an activation that was fenced, and a record of bounded size (I9).
/// </summary>
internal sealed class ChainChecker(Evidence evidence, TokenChecker tokens, ExclusionChecker exclusion)
{
    public void OnCommitted(ActivationFacts activation, CommitFacts commit)
    {
        var key = evidence.Key(activation.Key);

        // A record that came back with an older state of the store, and was forgotten again, is no life in between.
        var isVoid = activation.AbsentAt >= 0 && key.ForgottenAt > activation.AbsentSeenAt && key.ForgottenBy != activation
            && key.CommittedAt > activation.AbsentSeenAt;
        NoteLateCreation(activation, commit);
        activation.AbsentAt = -1;
        activation.CommittedAt = activation.CheckedAt = evidence.Now;
        if (activation.FoundNothing && key.HeadLostAt > key.ForgottenAt && key.RemadeAt < 0)
            key.RemadeAt = evidence.Now;
        activation.CommittedAs = evidence.NextOrder();
        CheckAlone(key, activation, commit);
        if (key.Committed is { } before)
            CheckSuccession(key, before, activation, commit);

        // Made by who asked for a record before the key had a whole life elsewhere. Nobody may be told of that grant; who loads the record
        // next lets its lease run out, and goes on with the clock.
        if (isVoid)
            key.VoidTokens.Add(commit.HolderToken);
        if (commit.Holders > 0 && !key.VoidTokens.Contains(commit.HolderToken) && (key.Committed is not { } last || last.HolderToken != commit.HolderToken))
            OnNewHolder(key, activation, commit);
        key.Committed = commit;
        key.CommittedBy = activation;
        key.CommittedAt = evidence.Now;
    }

    public void OnLoaded(ActivationFacts activation, bool fenced)
    {
        var key = evidence.Key(activation.Key);
        if (activation.HasReadDamage)
            evidence.Fail("damage noticed", $"{activation} loaded a damaged record as if it were whole");
        activation.LoadedAt = evidence.Now;
        if (activation.MustFence && activation.CommittedAt < 0 && !evidence.IsFromBeforeLoss(activation))
            evidence.Fail("fence on arrival", $"{activation} took over a lock that is held, without writing");
        if (fenced && !evidence.IsFromBeforeLoss(activation))
            (key.FencedBy, key.FencedAs) = (activation, activation.CommittedAs);
    }

    public void OnRead(ActivationFacts activation, CommitFacts? read)
    {
        (activation.ReadAs, activation.ReadAt) = (evidence.NextOrder(), evidence.Now);
        activation.MustFence = read is { Holders: > 0 };
    }

    // It asked so long ago whether there is a record that the key may have had a whole life since.
    private void NoteLateCreation(ActivationFacts activation, CommitFacts commit)
    {
        var age = evidence.Now - activation.AbsentAt;
        if (activation.AbsentAt >= 0 && age > 2 * evidence.Promises.CreateWindow * 102 / 100)
            activation.LateToken = commit.HolderToken;
    }

    public static void OnLost(KeyFacts key)
    {
        key.Committed = null;
        key.CommittedBy = null;
        key.FencedBy = null;
    }

    private void CheckAlone(KeyFacts key, ActivationFacts activation, CommitFacts commit)
    {
        if (commit.Holders > 1)
            evidence.Fail("one holder", $"{activation} wrote a record with {commit.Holders} holders");
        if (key.FencedBy is { } fencer && fencer != activation && activation.ReadAs < key.FencedAs)
            evidence.Fail("fenced for good", $"{activation} wrote after {fencer} had fenced it");
        if (commit.Bytes > evidence.Promises.RecordBytes + (12 * commit.Chunks))
            evidence.Fail("bounded record", $"the lock record has {commit.Bytes} bytes with {commit.Chunks} chunks");
        if (commit.Ended.Count < evidence.Promises.Recorded && commit.Ended.Count < activation.Remembered.Distinct().Count())
            evidence.Fail("ends recorded", $"{activation} knows {activation.Remembered.Count} ended attempts, but its record names {commit.Ended.Count}");
        if (commit.Holders > 0 && activation.SaidOver.Contains(commit.Holder))
            evidence.Fail("over is over", $"{activation} said that nothing is left of {Short.Of(commit.Holder)}, and then wrote it as the holder");
    }

    private void CheckSuccession(KeyFacts key, CommitFacts before, ActivationFacts activation, CommitFacts commit)
    {
        if (commit.LastToken < before.LastToken)
            evidence.Fail("token order", $"{activation} wrote last token {commit.LastToken} over {before.LastToken}");
        if (commit.NextTicket < before.NextTicket || commit.FirstTicket < before.FirstTicket)
            evidence.Fail("ticket order", $"{activation} wrote queue cursors back");
        var isNewWriter = key.CommittedBy != activation;
        if (commit.Epoch < before.Epoch || (isNewWriter && commit.Epoch == before.Epoch))
            evidence.Fail("epoch rises", $"{activation} wrote epoch {commit.Epoch} over {before.Epoch} of {key.CommittedBy}");
        if (commit.Holders > 0 && commit.HolderToken == before.HolderToken)
            CheckRestarts(key, before, activation, commit);
    }

    private void OnNewHolder(KeyFacts key, ActivationFacts activation, CommitFacts commit)
    {
        tokens.OnGrant(activation, commit.Holder, commit.HolderToken, commit.GrantedAtWall);
        if (evidence.Find(commit.Holder) is not { } attempt)
        {
            evidence.Fail("known attempt", $"{activation} granted the lock to {Short.Of(commit.Holder)}, which nobody asked for");
            return;
        }

        // A copy that lay undecided at an activation which had not read the record yet is as one that is still on its way.
        var isLateCopy = activation.ReadAt >= attempt.SaidOverAt && activation.Open.Values.Any(open => open.Call.Kind == CallKind.Acquire && open.Call.Lease == attempt.Lease);
        if (attempt.SaidOverAt >= 0 && attempt.LastDeliveredAt < attempt.SaidOverAt && attempt.Token == 0 && !isLateCopy && !evidence.WasLost(attempt))
        {
            evidence.Fail("over is over", $"{activation} wrote {Short.Of(commit.Holder)} as the holder, of which nothing was left "
                + $"at {Timeline.Time(attempt.SaidOverAt)}, as its client was told");
        }

        // One that was forgotten and granted anew begins anew.
        if (attempt.Token != commit.HolderToken)
            (attempt.Token, attempt.SucceededAt, attempt.PromisedUntil, attempt.GrantCommittedAt) = (commit.HolderToken, -1, -1, evidence.Now);
        attempt.Takeovers = 0;
        attempt.TakenOverAt = evidence.Now;
        key.Places.Remove(attempt);
        foreach (var earlier in key.Unsucceeded)
        {
            if (earlier != attempt)
                exclusion.OnSucceeded(earlier);
        }

        key.Unsucceeded.Clear();
        key.Unsucceeded.Add(attempt);
    }

    // A key that changes hands again and again must not keep a dead holder for ever: past its restarts, the wall clock ends its lease.
    private void CheckRestarts(KeyFacts key, CommitFacts before, ActivationFacts activation, CommitFacts commit)
    {
        if (evidence.Find(commit.Holder) is not { } attempt)
            return;
        if (key.CommittedBy != activation)
        {
            attempt.Takeovers++;
            if (attempt.Takeovers <= evidence.Promises.RestartsMax)
                attempt.TakenOverAt = evidence.Now;
        }
        else if (before.GrantedAtWall != commit.GrantedAtWall || before.Term != commit.Term)
        {
            attempt.Takeovers = 0;
            attempt.TakenOverAt = evidence.Now;
            attempt.HeldLateAt = -1;
        }
        else if (attempt.Takeovers > evidence.Promises.RestartsMax && !evidence.AreWallClocksBroken && !activation.IsClockBroken && !activation.IsOver)
        {
            // Decided in time, and written when the store got to it.
            var slack = (3 * TimeSpan.TicksPerSecond) + evidence.Promises.StoreTimeout;
            var end = Math.Max(activation.LoadedAt, attempt.TakenOverAt + commit.Term + (2 * evidence.Promises.MaxClockSkew)) + slack;
            if (evidence.Now <= end)
                return;

            // A process that slept writes once more what it had decided before it looks at the clock again.
            if (attempt.HeldLateAt < 0)
                attempt.HeldLateAt = evidence.Now;
            if (evidence.Now > attempt.HeldLateAt + TimeSpan.TicksPerSecond)
                evidence.Fail("restarts bounded", $"{Short.Of(attempt.Lease)} still holds after {attempt.Takeovers} activations without a renewal");
        }
    }
}
