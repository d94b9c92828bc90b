namespace LockGrains.Simulation;

/// <summary>
/// Holds that change in place. An upgrade goes before the queue and draws a token larger than all before; a downgrade gives back a part, and nothing
/// becomes more without an upgrade. The client numbers its changes: a late copy changes nothing, and what is over is over.
/// </summary>
internal sealed class ChangeChecker(Evidence evidence, QueueChecker queue, Coverage coverage)
{
    public void OnDelivered(ActivationFacts activation, CallFacts call)
    {
        if (evidence.Find(call.Lease) is { } attempt && call.Change < attempt.LastChange)
            coverage.Add(Mark.LateChange);
        if (call.Kind == CallKind.Upgrade && call.Change >= activation.UpgradeAsked.GetValueOrDefault(call.Lease).Change)
            activation.UpgradeAsked[call.Lease] = (call.Change, evidence.Now);
    }

    public void OnAnswered(ActivationFacts activation, Delivery delivery, AttemptFacts attempt, AnswerFacts answer)
    {
        var call = delivery.Call;
        if (answer.IsOfHold && answer.Change < call.Change)
            evidence.Fail("change noted", $"{activation} carried out {call}, and notes {answer.Change} as the last change: a late copy of another one would count");
        if (call.Kind == CallKind.Upgrade)
            OnUpgradeAnswered(activation, delivery, answer);
        var isOver = (call.Kind == CallKind.Upgrade && answer.Kind == AnswerKind.TimedOut) || (call.Kind == CallKind.CancelUpgrade && answer.Kind == AnswerKind.Changed);
        if (!isOver)
            return;
        attempt.GivenUp = Math.Max(attempt.GivenUp, call.Change);
        attempt.ChangesOver.Add(call.Change);
        if (answer is { Kind: AnswerKind.Changed, Mode: HoldMode.Exclusive } && answer.Change <= call.Change && !IsExclusiveAnyway(attempt, answer.Token))
            evidence.Fail("given up is given up", $"{activation} confirmed {call}, and the hold is exclusive");
    }

    /// <summary>
    /// An activation answered a call or a heartbeat that an upgrade waits. That counts until it tells of its end; it may have done so already, since
    /// the answer was decided.
    /// </summary>
    public static void OnSaidToWait(ActivationFacts activation, Delivery delivery)
    {
        if (activation.ChangedAt.GetValueOrDefault(delivery.Call.Lease, -1) < delivery.At)
            activation.UpgradesWaiting.Add(delivery.Call.Lease);
    }

    /// <summary>The lock was granted to somebody: nobody comes in while an upgrade waits.</summary>
    public void OnGranted(ActivationFacts activation, AttemptFacts attempt, long token)
    {
        attempt.GrantTokens.Add(token);
        foreach (var lease in activation.UpgradesWaiting)
            evidence.Fail("upgrade before queue", $"{activation} granted the lock to {Short.Of(attempt.Lease)} while the upgrade of {Short.Of(lease)} waits");
    }

    public void OnChanged(ActivationFacts activation, AttemptFacts attempt, EventFacts told)
    {
        OnUpgradeOver(activation, attempt.Lease);
        if (activation.Told.ContainsKey(attempt.Lease))
            activation.Told[attempt.Lease] = told.Token;
        if (told.IsUpgrade)
            queue.OnUpgraded(activation, attempt, told);
    }

    public void OnUpgradeEnded(ActivationFacts activation, AttemptFacts attempt, EventFacts told)
    {
        OnUpgradeOver(activation, attempt.Lease);
        if (told.End == EndKind.Dropped)
            queue.OnDropped(activation, new WaiterId(attempt.Lease, IsUpgrade: true));
    }

    public void OnLeaseEnded(ActivationFacts activation, Guid lease) => OnUpgradeOver(activation, lease);

    /// <summary>Whether an upgrade may wait in an activation, as far as anybody can tell from outside: then nobody is granted the lock.</summary>
    public static bool MayWait(ActivationFacts activation, CommitFacts commit)
    {
        foreach (var holder in commit.Holders)
        {
            if (holder.Share.Mode == HoldMode.Upgradeable && activation.UpgradeAsked.TryGetValue(holder.Lease, out var asked)
                && asked.At >= activation.ChangedAt.GetValueOrDefault(holder.Lease, -1))
                return true;
        }

        return false;
    }

    /// <summary>A record names a hold that the one before it named, too.</summary>
    public void OnHeldOn(ActivationFacts activation, HolderFacts before, HolderFacts now, long lastToken)
    {
        if (now.Change < before.Change)
            evidence.Fail("late change", $"{activation} wrote {now.Share} with change {now.Change} over change {before.Change}");
        if (now.Token != before.Token && (before.Share.Mode == HoldMode.Shared || now.Change == before.Change))
            evidence.Fail("only an upgradeable one", $"{activation} wrote {now.Share} with change {now.Change} over {before.Share} with change {before.Change}");
        var isMore = now.Token == before.Token && !ReferenceLock.IsPart(now.Share, before.Share);
        if (isMore && before.Share.Mode == HoldMode.Shared)
            evidence.Fail("only an upgradeable one", $"{activation} wrote {now.Share} over {before.Share}");
        else if (isMore || (now.Token != before.Token && now.Token <= lastToken))
            evidence.Fail("upgraded token", $"{activation} wrote {now.Share} over {before.Share}, and the last token was {lastToken}");
        CheckGivenUp(activation, now);
        if (now.Token != before.Token && now.Share.Mode == HoldMode.Exclusive && evidence.Find(now.Lease) is { } attempt)
            attempt.UpgradedBy[now.Token] = now.Change;
    }

    private void OnUpgradeAnswered(ActivationFacts activation, Delivery delivery, AnswerFacts answer)
    {
        var call = delivery.Call;
        if (answer is { Kind: AnswerKind.Granted, Mode: not HoldMode.Exclusive })
            evidence.Fail("granted as asked", $"{activation} answered {call} with a hold that is {answer.Mode}");
        if (answer.Kind == AnswerKind.Queued)
            OnSaidToWait(activation, delivery);
        else if (answer.Kind != AnswerKind.Unknown && !activation.Open.Values.Any(open => open.Call.Kind == CallKind.Upgrade && open.Call.Lease == call.Lease)
            && activation.UpgradeAsked.GetValueOrDefault(call.Lease).Change <= call.Change)
            activation.UpgradeAsked.Remove(call.Lease);
    }

    private void CheckGivenUp(ActivationFacts activation, HolderFacts now)
    {
        if (now.Share.Mode == HoldMode.Exclusive && now.Change > 0 && evidence.Find(now.Lease) is { } attempt
            && now.Change <= attempt.GivenUp && !IsExclusiveAnyway(attempt, now.Token))
            evidence.Fail("given up is given up", $"{activation} wrote {now.Share} by change {now.Change}, which was told to be over");
    }

    /// <summary>
    /// Whether a hold may be exclusive without the upgrade that was given up. A store that lost its last seconds has the hold as an earlier upgrade
    /// left it. And where the hold's end was forgotten, a late copy of the acquire brings it back whole: that one was never upgraded. And where it was
    /// exclusive already, by an upgrade that nobody gave up, the second one got nothing, and to give that up takes nothing from its holder.
    /// </summary>
    private bool IsExclusiveAnyway(AttemptFacts attempt, long token) =>
        evidence.WasHeadLost(attempt) || (attempt.Mode == HoldMode.Exclusive && attempt.GrantTokens.Contains(token))
        || (attempt.UpgradedBy.TryGetValue(token, out var change) && !attempt.ChangesOver.Contains(change));

    private void OnUpgradeOver(ActivationFacts activation, Guid lease)
    {
        activation.UpgradesWaiting.Remove(lease);
        activation.ChangedAt[lease] = evidence.Now;
    }
}
