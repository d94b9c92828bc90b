namespace LockGrains.Simulation;

/// <summary>
/// The queue (I5, I6): grants go in ticket order in every mode, a promised place is kept over every failover, nobody barges past one, and a waiter
/// loses its place only if its client ended the wait or stayed away for as long as the policy says. The lock is only given to a
/// waiter that is there to take it, and then at once. How long an upgrade is waited for, which has no place, follows the same rules.
/// </summary>
internal sealed class QueueChecker(Evidence evidence)
{
    private readonly Dictionary<int, (long Token, long Ticket)> _lastServed = [];

    /// <summary>An acquire or an upgrade arrived at an activation.</summary>
    public void OnDelivered(ActivationFacts activation, CallFacts call)
    {
        // A late copy of an upgrade that is over says nothing of the next one.
        if (call.IsChange && call.Change < activation.UpgradeAsked.GetValueOrDefault(call.Lease).Change)
            return;
        OnHeard(activation, call.Waiter, evidence.Now);
        if (call.Wait >= 0 && call.Wait <= evidence.Promises.SliceOf(call))
            activation.WaitsUntil[call.Waiter] = evidence.Now + Promises.Least(call.Wait);
        else
            activation.WaitsUntil.Remove(call.Waiter);
    }

    /// <summary>A heartbeat that names an attempt arrived at an activation, and is not answered yet.</summary>
    public void OnBeat(ActivationFacts activation, Guid lease)
    {
        var request = new WaiterId(lease, IsUpgrade: false);
        var (asks, upgrades) = (IsThere(activation, request), IsThere(activation, request with { IsUpgrade = true }));
        if (asks || upgrades)
            activation.BeatAt[lease] = evidence.Now;

        // It names no change, so of an upgrade it counts only as it is answered: the call that waits may be of a later one. Nor does one that
        // comes when the slice of its call is over: the answer to that call is due, and the heartbeat finds no call that waits.
        if (asks && !upgrades && HasSliceLeft(activation, request))
            OnHeard(activation, request, evidence.Now);
    }

    /// <summary>
    /// A client was told that its call waits: it goes on waiting for the answer to that, which may be told in the same moment.
    /// <para>
    /// Only so was an upgrade heard. A heartbeat that was answered "call again" told its client that no call of it waits: whatever it hoped for,
    /// nothing is kept for it from then on but for the call that it is to send.
    /// </para>
    /// </summary>
    public void OnSaidToWait(ActivationFacts activation, WaiterId waiter, long deliveredAt)
    {
        var isAnswered = activation.AnsweredAt.TryGetValue(waiter, out var at) && at == evidence.Now;
        if (!IsThere(activation, waiter) && !isAnswered && !activation.Abandoned.ContainsKey(waiter))
            evidence.Fail("said to wait", $"{activation} answered a heartbeat that {Short.Of(waiter.Lease)} waits, of which no call waits there");
        OnHeard(activation, waiter, deliveredAt);
    }

    /// <summary>The call of a waiter was abandoned: by a caller that was there until then.</summary>
    public void OnAbandoned(ActivationFacts activation, WaiterId waiter) => activation.Abandoned[waiter] = evidence.Now;

    /// <summary>
    /// A client was answered that it waits, with a ticket: a durable place. One that an activation tells which does not have the key any
    /// more is no news: it may be over by now.
    /// </summary>
    public void OnPlace(AttemptFacts attempt, ActivationFacts activation, long ticket)
    {
        var key = evidence.Key(attempt.Key);
        if (key.CommittedBy != activation || activation.ReadAs < key.ChunksMixedAs || attempt.Token != 0 || attempt.OverAt >= 0 || attempt.EndAskedAt >= 0)
            return;
        if (attempt.Ticket != 0 && attempt.Ticket != ticket && !MayBeDropped(attempt, activation))
        {
            evidence.Fail("place kept", $"{Short.Of(attempt.Lease)} was promised ticket {attempt.Ticket} and then told {ticket} by {activation}");
            return;
        }

        if (attempt.Ticket != ticket)
            (attempt.Ticket, attempt.PlacedAt) = (ticket, evidence.Now);
        if (!key.Places.Contains(attempt))
            key.Places.Add(attempt);
    }

    /// <summary>Its client ended it, died, or was granted the lock: it has no place to lose any more.</summary>
    public void OnPlaceOver(AttemptFacts attempt) => evidence.Key(attempt.Key).Places.Remove(attempt);

    /// <summary>An attempt entered the queue of an activation.</summary>
    public void OnQueued(ActivationFacts activation, AttemptFacts attempt, EventFacts told)
    {
        CheckEntry(activation, new WaiterId(attempt.Lease, IsUpgrade: false), told.DecidedAt);
        activation.Queued[attempt.Lease] = (told.Ticket, evidence.Now);
    }

    /// <summary>
    /// The queue that an activation begins with: whose wait was told to be over is not in it, unless its request entered a queue again
    /// since, as a late copy may. An activation that read the record before knows of no end, and can write nothing that is heard.
    /// </summary>
    public void OnRestored(ActivationFacts activation, IReadOnlyList<Guid> waiters)
    {
        foreach (var lease in waiters)
        {
            if (evidence.Find(lease) is { WaitOverAt: >= 0 } attempt && attempt.QueuedAt < attempt.WaitOverAt
                && activation.ReadAt > attempt.WaitOverAt && !evidence.WasLost(attempt))
                evidence.Fail("ended is ended", $"{activation} begins with {Short.Of(lease)} in its queue, whose wait was told to be over at {Timeline.Time(attempt.WaitOverAt)}");
        }
    }

    /// <summary>Its key was forgotten: nobody may have a place in it, and tickets begin anew.</summary>
    public void OnForgotten(ActivationFacts activation)
    {
        var key = evidence.Key(activation.Key);
        foreach (var attempt in key.Places)
        {
            if (!MayBeDropped(attempt, activation))
                evidence.Fail("forgotten in use", $"{activation} deleted the record, but {Short.Of(attempt.Lease)} was promised ticket {attempt.Ticket}");
        }

        LosePlaces(key);
        _lastServed.Remove(key.Index);
    }

    /// <summary>An attempt left the queue of an activation.</summary>
    public static void OnUnqueued(ActivationFacts activation, AttemptFacts attempt) => activation.Queued.Remove(attempt.Lease);

    /// <summary>A record was written (S3): it must not leave the first waiter waiting, which was there, where it fits beside those who hold.</summary>
    public void OnCommitted(ActivationFacts activation, CommitFacts commit)
    {
        // Whoever wrote that may never tell it, but the record says that the wait is over: granted and revoked in one decision, or asking for
        // more than a new limit, beside which it could never be granted.
        foreach (var attempt in evidence.Key(activation.Key).Places.ToArray())
        {
            var wasRevoked = commit.Ended.Contains(attempt.Lease) && evidence.WasRevoked(attempt);
            if (wasRevoked || (commit.Data.Limit != 0 && attempt.Permits > commit.Data.Limit))
                OnPlaceOver(attempt);
        }

        if (activation.Queued.Count == 0 || commit.Holders.Count >= evidence.Promises.HoldersMax || ChangeChecker.MayWait(activation, commit))
            return;
        foreach (var (_, call, at) in activation.Open.Values)
        {
            // Only the call that it entered the queue with: of a later one nobody knows whether it was heard before the decision.
            var isThere = activation.Queued.TryGetValue(call.Lease, out var queued) && queued.Ticket == commit.FirstTicket
                && at <= queued.At && call is { Kind: CallKind.Acquire, IsForeign: false };
            if (!isThere || evidence.Find(call.Lease) is not { } attempt || !FitRule.Admits([.. commit.Holders.Select(holder => holder.Share)], attempt.Asked)
                || IsOverLimit(commit, attempt.Asked))
                continue;
            var slice = Math.Min(evidence.Promises.SliceOf(call), evidence.Promises.Presence);
            var until = at + Promises.Least(call.Wait >= 0 ? Math.Min(call.Wait, slice) : slice);
            var wasAbandonedSince = activation.Abandoned.TryGetValue(call.Waiter, out var abandonedAt) && abandonedAt > queued.At;
            if (evidence.Now < until && !wasAbandonedSince)
                evidence.Fail("handed over", $"{activation} wrote a record in which {commit.Holders.Count} hold, while {attempt.Asked} waits there and would fit");
        }
    }

    private static bool IsOverLimit(CommitFacts commit, ShareFacts asked) =>
        commit.Data.Limit != 0 && commit.Holders.Sum(holder => (long)holder.Share.Permits) + asked.Permits > commit.Data.Limit;

    /// <summary>A grant, told after it was written. Ticket 0 for one that never waited.</summary>
    public void OnGranted(ActivationFacts activation, AttemptFacts attempt, EventFacts told)
    {
        var (token, ticket) = (told.Token, told.Ticket);
        if (ticket == 0)
            CheckEntry(activation, new WaiterId(attempt.Lease, IsUpgrade: false), told.DecidedAt);
        else
            CheckPresence(activation, new WaiterId(attempt.Lease, IsUpgrade: false), told.DecidedAt);
        if (evidence.IsFromBeforeLoss(activation))
            return;
        if (ticket != 0)
            CheckOrder(activation, token, ticket);

        foreach (var other in evidence.Key(attempt.Key).Places.ToArray())
        {
            var isPassedOver = other != attempt && other.PlacedAt < attempt.GrantCommittedAt && (ticket == 0 || other.Ticket < ticket);
            if (!isPassedOver)
                continue;
            if (!MayBeDropped(other, activation))
            {
                evidence.Fail("no overtaking", $"{Short.Of(attempt.Lease)} (ticket {ticket}) was granted the lock "
                    + $"before {Short.Of(other.Lease)}, which was promised ticket {other.Ticket}");
            }

            OnPlaceOver(other);
        }

        OnPlaceOver(attempt);
    }

    /// <summary>An upgrade, told after it was written.</summary>
    public void OnUpgraded(ActivationFacts activation, AttemptFacts attempt, EventFacts told)
    {
        if (told.HasWaited)
            CheckPresence(activation, new WaiterId(attempt.Lease, IsUpgrade: true), told.DecidedAt);
        else
            CheckEntry(activation, new WaiterId(attempt.Lease, IsUpgrade: true), told.DecidedAt);
    }

    public void OnDropped(ActivationFacts activation, WaiterId waiter)
    {
        var until = activation.MayDropFrom.GetValueOrDefault(waiter, PresentUntil(activation, waiter));
        if (evidence.Now < until)
            evidence.Fail("dropped too early", $"{activation} dropped {Short.Of(waiter.Lease)}, which it had to wait for until {Timeline.Time(until)}");
        else if (!activation.MayDropFrom.ContainsKey(waiter) && IsThere(activation, waiter, beatsMax: 0))
            evidence.Fail("dropped too early", $"{activation} dropped {Short.Of(waiter.Lease)}, of which a call waits there");

        // An upgrade may be asked for again.
        if (waiter.IsUpgrade)
            activation.MayDropFrom.Remove(waiter);
        else
            activation.MayDropFrom.TryAdd(waiter, until);
    }

    /// <summary>
    /// Records were lost: places went with them, also those whose clients have gone and that are only waited out. The order goes on where the
    /// lock record is left: it has the tickets.
    /// </summary>
    public void OnLost(KeyFacts key, LossKind kind)
    {
        LosePlaces(key);
        if (kind != LossKind.Places)
            _lastServed.Remove(key.Index);
    }

    /// <summary>
    /// A loss takes the fence with it that kept one out who started before. If such a one writes a chunk, over that of another, the places
    /// there are lost again: those that are told from now on count, by one who starts from what is there.
    /// </summary>
    public void OnChunkWritten(ActivationFacts activation)
    {
        if (!evidence.IsFromBeforeLoss(activation))
            return;
        var key = evidence.Key(activation.Key);
        key.ChunksMixedAs = evidence.NextOrder();
        LosePlaces(key);
    }

    private static void LosePlaces(KeyFacts key)
    {
        foreach (var attempt in key.Attempts)
            attempt.Ticket = 0;
        key.Places.Clear();
    }

    private void CheckPresence(ActivationFacts activation, WaiterId waiter, long decidedAt)
    {
        // What it heard while it loaded the key, or while a write was under way, it takes for heard after that. A heartbeat may have come just before
        // the grant, and is answered after it.
        var heardAt = Math.Max(Math.Max(activation.HeardAt.GetValueOrDefault(waiter), activation.BeatAt.GetValueOrDefault(waiter.Lease)), activation.LoadedAt);
        var until = heardAt + (evidence.Promises.Presence * 102 / 100) + evidence.Promises.StoreTimeout;
        if (decidedAt > until && !activation.IsClockBroken && activation.StoodStill.Until < decidedAt - evidence.Promises.StoreTimeout)
            evidence.Fail("granted to who is there", $"{activation} granted the lock to {Short.Of(waiter.Lease)}, of which it had heard nothing since {Timeline.Time(heardAt)}");

        // Abandoned, but after what it was granted for had become due: that counts as granted before.
        if (!IsThere(activation, waiter) && !activation.Abandoned.ContainsKey(waiter))
            evidence.Fail("granted to who is there", $"{activation} granted the lock to {Short.Of(waiter.Lease)}, of which no call waits there");
    }

    // Who was not in the queue before must not enter it, or be granted the lock, when its caller has gone.
    private void CheckEntry(ActivationFacts activation, WaiterId waiter, long decidedAt)
    {
        var wasKnown = !activation.Abandoned.TryGetValue(waiter, out var abandonedAt) || abandonedAt < decidedAt - TimeSpan.TicksPerMillisecond;
        if (!IsThere(activation, waiter) && wasKnown && !activation.IsClockBroken)
            evidence.Fail("granted to who is there", $"{activation} let {Short.Of(waiter.Lease)} in, whose caller had gone");
    }

    private static bool IsThere(ActivationFacts activation, WaiterId waiter, long beatsMax = long.MaxValue)
    {
        foreach (var open in activation.Open.Values)
        {
            if (open.Call.MayWait && open.Call.Waiter == waiter && open.Call.Beats <= beatsMax)
                return true;
        }

        return false;
    }

    private bool HasSliceLeft(ActivationFacts activation, WaiterId waiter) => activation.Open.Values.Any(
        open => open.Call.MayWait && open.Call.Waiter == waiter && evidence.Now < open.At + Promises.Least(evidence.Promises.SliceOf(open.Call)));

    private void CheckOrder(ActivationFacts activation, long token, long ticket)
    {
        var last = _lastServed.GetValueOrDefault(activation.Key);
        if (token <= last.Token)
            return;
        if (ticket <= last.Ticket)
            evidence.Fail("ticket order", $"{activation} served ticket {ticket} after {last.Ticket}");
        _lastServed[activation.Key] = (token, ticket);
    }

    // A place may go when any activation that had to know of it waited in vain for as long as the policy says, and wrote that down. One that
    // went with lost records is no place any more (OnLost), until somebody who started from what was left promises it anew.
    private bool MayBeDropped(AttemptFacts attempt, ActivationFacts granter)
    {
        // Nobody waits under a session that is over, as storage has it: its client may hold nothing under it.
        if (SessionChecker.IsOver(evidence, attempt, evidence.Now))
            return true;
        foreach (var activation in evidence.Key(attempt.Key).Activations)
        {
            var waiter = new WaiterId(attempt.Lease, IsUpgrade: false);
            var mayDropAt = activation.MayDropFrom.GetValueOrDefault(waiter, PresentUntil(activation, waiter));
            if (activation.LoadedAt >= 0 && mayDropAt <= (activation == granter ? evidence.Now : activation.CommittedAt))
                return true;
        }

        return false;
    }

    // Heard of at least when it was read, for the window from then on; no longer than its own wait. A silo that stood still doubts first.
    private long PresentUntil(ActivationFacts activation, WaiterId waiter)
    {
        var promises = evidence.Promises;
        var heardAt = activation.HeardAt.GetValueOrDefault(waiter, activation.ReadAt);
        var until = heardAt + Promises.Least(promises.Window);
        var (from, still) = activation.StoodStill;
        if (from >= heardAt && from < heardAt + Promises.Least(promises.Presence) && !activation.IsClockBroken)
            until = Math.Max(until, still + Promises.Least(promises.Window - promises.Presence));
        return Math.Min(until, activation.WaitsUntil.GetValueOrDefault(waiter, long.MaxValue));
    }

    private void OnHeard(ActivationFacts activation, WaiterId waiter, long at)
    {
        // It was away for too long before, and may have been given up in the meantime. Not by one that knew of nobody yet.
        var until = PresentUntil(activation, waiter);
        if (activation.LoadedAt >= 0 && until <= at)
            activation.MayDropFrom.TryAdd(waiter, until);
        activation.HeardAt[waiter] = Math.Max(activation.HeardAt.GetValueOrDefault(waiter), at);
    }
}
