namespace LockGrains.Simulation;

/// <summary>
/// The chain of records that the store accepted for a key (S1, S3, S4, S6): holders that fit together, tokens and epochs that never go back,
/// nothing from an activation that was fenced, and a record of bounded size (I9).
/// </summary>
internal sealed class ChainChecker(Evidence evidence, TokenChecker tokens, ExclusionChecker exclusion, ChangeChecker changes, DataChecker data, Coverage coverage)
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
        CheckRecord(key, activation, commit);
        if (key.Committed is { } before)
            CheckSuccession(key, before, activation, commit);

        // Made by who asked for a record before the key had a whole life elsewhere. Nobody may be told of that grant; who loads the record
        // next lets its lease run out, and goes on with the clock.
        if (isVoid)
            key.VoidTokens.UnionWith(commit.Holders.Select(holder => holder.Token));
        SessionChecker.OnCommitted(key, commit, evidence.Now);
        TakeGrants(key, activation, commit);
        data.OnCommitted(key, activation, commit);
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
        activation.MustFence = read is { Holders.Count: > 0 };
    }

    /// <summary>The lock was taken from all who held it when the revocation came.</summary>
    public void OnRevoked(ActivationFacts activation, Delivery delivery)
    {
        var key = evidence.Key(activation.Key);
        if (key.CommittedBy != activation || key.Committed is not { } last)
            return;
        foreach (var holder in last.Holders)
        {
            if (evidence.Find(holder.Lease) is { } attempt && attempt.GrantCommittedAt < delivery.At && !evidence.WasHeadLost(attempt))
                evidence.Fail("all are revoked", $"{activation} answered {delivery.Call}, and {holder.Share}, which was granted before that came, still holds");
        }
    }

    // It asked so long ago whether there is a record that the key may have had a whole life since.
    private void NoteLateCreation(ActivationFacts activation, CommitFacts commit)
    {
        var age = evidence.Now - activation.AbsentAt;
        if (activation.AbsentAt >= 0 && age > 2 * evidence.Promises.CreateWindow * 102 / 100)
            activation.LateTokens.UnionWith(commit.Holders.Select(holder => holder.Token));
    }

    public static void OnLost(KeyFacts key)
    {
        key.Committed = null;
        key.CommittedBy = null;
        key.FencedBy = null;
    }

    private void CheckRecord(KeyFacts key, ActivationFacts activation, CommitFacts commit)
    {
        CheckHolders(activation, commit);
        if (key.FencedBy is { } fencer && fencer != activation && activation.ReadAs < key.FencedAs)
            evidence.Fail("fenced for good", $"{activation} wrote after {fencer} had fenced it");
        var promised = evidence.Promises.RecordBytes + (12 * commit.Chunks) + (evidence.Promises.HolderBytes * Math.Max(0, commit.Holders.Count - 1))
            + (evidence.Promises.NumberBytes * commit.Holders.Sum(holder => holder.Share.Numbers.Count))
            + (evidence.Promises.SessionBytes * commit.Holders.Count(holder => holder.IsUnderSession));
        if (commit.Bytes > promised)
            evidence.Fail("bounded record", $"the lock record has {commit.Bytes} bytes with {commit.Chunks} chunks and {commit.Holders.Count} holders");
        if (commit.Ended.Count < Math.Min(evidence.Promises.Recorded, activation.Remembered.Count) && commit.Ended.Count < activation.Remembered.Distinct().Count())
            evidence.Fail("ends recorded", $"{activation} knows {activation.Remembered.Count} ended attempts, but its record names {commit.Ended.Count}");
        foreach (var holder in commit.Holders)
        {
            if (activation.SaidOver.Contains(holder.Lease))
                evidence.Fail("over is over", $"{activation} said that nothing is left of {Short.Of(holder.Lease)}, and then wrote it as a holder");
        }
    }

    private void CheckHolders(ActivationFacts activation, CommitFacts commit)
    {
        if (commit.Holders.Count == 0)
            return;
        if (FitRule.FindClash([.. commit.Holders.Select(holder => holder.Share)]) is { } clash)
            evidence.Fail("holders fit", $"{activation} wrote a record in which {clash}");
        if (commit.Holders.Count > evidence.Promises.HoldersMax)
            evidence.Fail("bounded holders", $"{activation} wrote a record with {commit.Holders.Count} holders");
        foreach (var share in commit.Holders.Select(holder => holder.Share))
        {
            var numbers = share.Limit > 0 && share.Limit <= evidence.Promises.NumbersMax ? share.Permits : 0;

            // Who names no limit has numbers where the key had one when it came.
            var isByKey = share.Limit == 0 && share.Mode == HoldMode.Shared && commit.Data.LimitVersion > 0 && share.Numbers.Count == share.Permits;
            if (!isByKey && (share.Numbers.Count != numbers || share.Numbers.Any(number => number < 0 || number >= share.Limit)))
                evidence.Fail("permits have numbers", $"{activation} wrote {share} with the numbers {string.Join(", ", share.Numbers)}");
        }

        if (commit.Holders.Count > 1)
            coverage.Add(Mark.HeldTogether);
        if (commit.Holders.Count == evidence.Promises.HoldersMax)
            coverage.Add(Mark.HoldersFull);
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
        foreach (var holder in commit.Holders)
        {
            if (before.Find(holder.Lease) is not { } earlier)
                continue;
            changes.OnHeldOn(activation, earlier, holder, before.LastToken);
            if (earlier.Token == holder.Token)
                CheckRestarts(key, earlier, activation, holder);
        }
    }

    private void TakeGrants(KeyFacts key, ActivationFacts activation, CommitFacts commit)
    {
        var isAny = false;
        foreach (var holder in commit.Holders.OrderBy(holder => holder.Token))
        {
            if (key.VoidTokens.Contains(holder.Token) || key.Committed?.Find(holder.Lease)?.Token == holder.Token)
                continue;
            if (isAny)
                coverage.Add(Mark.GrantedTogether);
            isAny = true;
            OnNewToken(key, activation, commit, holder);
        }

        for (var index = key.Unsucceeded.Count - 1; isAny && index >= 0; index--)
        {
            // Who shares the lock goes on.
            var earlier = key.Unsucceeded[index];
            if (commit.Find(earlier.Lease) is not null)
                continue;
            key.Unsucceeded.RemoveAt(index);
            exclusion.OnSucceeded(earlier);
        }
    }

    private void OnNewToken(KeyFacts key, ActivationFacts activation, CommitFacts commit, HolderFacts holder)
    {
        var (lease, token) = (holder.Lease, holder.Token);
        tokens.OnGrant(activation, lease, token, holder.Change > 0 ? commit.LastTokenAtWall : holder.GrantedAtWall);
        if (evidence.Find(lease) is not { } attempt)
        {
            evidence.Fail("known attempt", $"{activation} granted the lock to {Short.Of(lease)}, which nobody asked for");
            return;
        }

        if (key.Committed?.Find(lease) is not null)
        {
            // The same hold, upgraded.
            attempt.Token = token;
            attempt.Tokens.Add(token);
            return;
        }

        // A copy that lay undecided at an activation which had not read the record yet is as one that is still on its way.
        var isLateCopy = activation.ReadAt >= attempt.SaidOverAt && activation.Open.Values.Any(open => open.Call.Kind == CallKind.Acquire && open.Call.Lease == lease);
        if (attempt.SaidOverAt >= 0 && attempt.LastDeliveredAt < attempt.SaidOverAt && attempt.Token == 0 && !isLateCopy && !evidence.WasLost(attempt))
        {
            evidence.Fail("over is over", $"{activation} wrote {Short.Of(lease)} as a holder, of which nothing was left "
                + $"at {Timeline.Time(attempt.SaidOverAt)}, as its client was told");
        }

        // One that was forgotten and granted anew begins anew: a late copy of an upgrade that was given up finds a hold that knows nothing of it.
        if (attempt.Token != token)
        {
            (attempt.Token, attempt.SucceededAt, attempt.PromisedUntil, attempt.GrantCommittedAt, attempt.GivenUp) = (token, -1, -1, evidence.Now, 0);
            attempt.Tokens.Clear();
            attempt.ChangesOver.Clear();
        }

        attempt.Tokens.Add(token);
        attempt.GrantTokens.Add(token);
        attempt.Takeovers = 0;
        attempt.TakenOverAt = evidence.Now;
        key.Places.Remove(attempt);
        if (!key.Unsucceeded.Contains(attempt))
            key.Unsucceeded.Add(attempt);
    }

    // A key that changes hands again and again must not keep a dead holder for ever: past its restarts, the wall clock ends its lease.
    private void CheckRestarts(KeyFacts key, HolderFacts before, ActivationFacts activation, HolderFacts now)
    {
        if (evidence.Find(now.Lease) is not { } attempt)
            return;
        if (key.CommittedBy != activation)
        {
            attempt.Takeovers++;
            if (attempt.Takeovers <= evidence.Promises.RestartsMax)
                attempt.TakenOverAt = evidence.Now;
        }
        else if (before.GrantedAtWall != now.GrantedAtWall || before.Term != now.Term)
        {
            attempt.Takeovers = 0;
            attempt.TakenOverAt = evidence.Now;
            attempt.HeldLateAt = -1;
        }
        else if (attempt.Takeovers > evidence.Promises.RestartsMax && !evidence.AreWallClocksBroken && !activation.IsClockBroken && !activation.IsOver)
        {
            // Decided in time, and written when the store got to it.
            var slack = (3 * TimeSpan.TicksPerSecond) + evidence.Promises.StoreTimeout;
            var end = Math.Max(activation.LoadedAt, attempt.TakenOverAt + now.Term + attempt.Delay + (2 * evidence.Promises.MaxClockSkew)) + slack;
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
