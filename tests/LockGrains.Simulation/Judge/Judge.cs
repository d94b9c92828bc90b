namespace LockGrains.Simulation;

/// <summary>
/// Hears everything that happens in a world and says whether the lock kept its promises. It knows no state machine: it is made of
/// rules, each in a checker of its own, about what clients, silos and the store have seen. It shares no code with the lock.
/// </summary>
internal sealed class Judge
{
    private readonly Evidence _evidence;
    private readonly TokenChecker _tokens;
    private readonly ExclusionChecker _exclusion;
    private readonly QueueChecker _queue;
    private readonly ChainChecker _chain;
    private readonly CallChecker _calls;
    private readonly MemoryChecker _memory;
    private readonly CalmChecker _calm;
    private readonly HistoryChecker _history;
    private readonly ForgettingChecker _forgetting;
    private readonly LetGoChecker _letGo;
    private readonly ChangeChecker _changes;
    private readonly DataChecker _data;
    private readonly ResourceChecker _resources;
    private readonly SessionChecker _sessions;
    private readonly CallNotes _notes;
    private readonly Coverage _coverage;
    private ulong _digest = 14695981039346656037;
    private int _deliveries;

    public Judge(Promises promises, Func<long> now, Coverage coverage)
    {
        _evidence = new Evidence(promises, now);
        _tokens = new TokenChecker(_evidence, coverage);
        _exclusion = new ExclusionChecker(_evidence);
        _queue = new QueueChecker(_evidence);
        _changes = new ChangeChecker(_evidence, _queue, coverage);
        _data = new DataChecker(_evidence, coverage);
        _chain = new ChainChecker(_evidence, _tokens, _exclusion, _changes, _data, coverage);
        _calls = new CallChecker(_evidence, _tokens);
        _memory = new MemoryChecker(_evidence);
        _calm = new CalmChecker(_evidence);
        _history = new HistoryChecker(_evidence);
        _forgetting = new ForgettingChecker(_evidence, _queue, _data);
        _letGo = new LetGoChecker(_evidence);
        _resources = new ResourceChecker(_evidence, _tokens, _exclusion);
        _sessions = new SessionChecker(_evidence);
        _notes = new CallNotes(_evidence, _queue, _memory, _changes, _data, coverage);
        _coverage = coverage;
    }

    public Violation? Violation => _evidence.Violation;

    /// <summary>The lock events so far.</summary>
    public long Events { get; private set; }

    /// <summary>A fingerprint of the whole run: equal for equal runs.</summary>
    public ulong Digest => _digest;

    public void Fail(string rule, string what) => _evidence.Fail(rule, what);

    public void OnAttempt(AttemptFacts attempt) => _evidence.Add(attempt);

    public void OnSent(CallFacts call)
    {
        if (call.Kind == CallKind.Beat || call.IsForeign || call.IsOfData || _evidence.Find(call.Lease) is not { } attempt)
            return;
        _letGo.OnSent(attempt, call);
        if (call.IsChange)
            attempt.OnChangeSent(call);
        if (call.Kind == CallKind.Acquire)
        {
            attempt.OnSent(call);
        }
        else if (call.Kind is CallKind.Release or CallKind.Cancel)
        {
            if (attempt.EndAskedAt < 0)
                attempt.EndAskedAt = _evidence.Now;
            _queue.OnPlaceOver(attempt);
        }
    }

    public void OnActivation(ActivationFacts activation) => _evidence.Key(activation.Key).Activations.Add(activation);

    /// <summary>A call arrived at an activation.</summary>
    public Delivery OnDelivered(ActivationFacts activation, CallFacts call)
    {
        Mix(1, activation.Id, call.Id);
        var delivery = new Delivery(++_deliveries, call, _evidence.Now);
        _notes.OnDelivered(activation, delivery);
        return delivery;
    }

    /// <summary>A call ended without an answer, because its caller waits no more.</summary>
    public void OnAbandoned(ActivationFacts activation, Delivery delivery)
    {
        Mix(7, activation.Id, delivery.Id);
        activation.Open.Remove(delivery.Id);
        if (!delivery.Call.IsForeign)
            _queue.OnAbandoned(activation, delivery.Call.Waiter);
    }

    /// <summary>The silo of an activation stood still, and goes on.</summary>
    public void OnStoodStill(ActivationFacts activation, long from) => activation.StoodStill = (from, _evidence.Now);

    public void OnAnswered(ActivationFacts activation, Delivery delivery, AnswerFacts answer)
    {
        Mix(2, delivery.Call.Id, (long)answer.Kind);
        activation.Open.Remove(delivery.Id);
        if (delivery.Call.Kind == CallKind.Revoke)
            _evidence.Key(delivery.Call.Key).RevokedAt = _evidence.Now;
        if (delivery.Call.Kind == CallKind.Revoke && answer.Kind == AnswerKind.Ended)
            _chain.OnRevoked(activation, delivery);
        _notes.OnAnswered(activation, delivery, answer);
        if (answer.Place > _evidence.Promises.QueueLimit || answer.QueueLength > _evidence.Promises.QueueLimit)
            _evidence.Fail("bounded queue", $"{activation} has {answer.QueueLength} waiters, more than {_evidence.Promises.QueueLimit}");
        _calls.OnAnswered(activation, delivery, answer);
    }

    /// <summary>An answer, the first for its call, came back to the client that asked; that may have given the call up long ago.</summary>
    public void OnReceived(CallFacts call, AnswerFacts answer, bool isAwaited)
    {
        Mix(3, call.Id, answer.Token);
        if (call.Kind == CallKind.Beat || call.IsForeign || call.IsOfData || _evidence.Find(call.Lease) is not { } attempt)
            return;
        _history.OnReceived(attempt, call, answer, isAwaited, _evidence.Now);
        _letGo.OnReceived(attempt, call, answer, isAwaited);
        if (answer.Kind is AnswerKind.Granted or AnswerKind.Renewed or AnswerKind.Current)
        {
            if (attempt.Tokens.Contains(answer.Token))
                _exclusion.OnPromise(attempt, call.SentAt, answer.ValidFor);
        }
        else if (!call.IsChange && (answer.Kind is AnswerKind.Over or AnswerKind.TimedOut or AnswerKind.Ended or AnswerKind.Busy or AnswerKind.OverLimit
            || (answer.Kind == AnswerKind.NotHeld && call.Kind == CallKind.Cancel) || answer.Kind == AnswerKind.SessionOver))
        {
            attempt.OverAt = _evidence.Now;
        }
    }

    public void OnBelief(ShareFacts share, long until)
    {
        var attempt = _evidence.Find(share.Lease)!;
        _sessions.OnBelief(attempt, until);
        _exclusion.OnBelief(attempt, share, until);
    }

    public void OnEndOfBelief(Guid lease)
    {
        var attempt = _evidence.Find(lease)!;
        _letGo.OnEndOfBelief(attempt);
        _exclusion.OnEndOfBelief(attempt);
        if (attempt.IsSession)
            _sessions.OnEndOfBelief(attempt);
    }

    /// <summary>The time that an owner may rely on its hold is over, and it was told so or not.</summary>
    public void OnLossNoticed(Guid lease, bool wasTold) => _letGo.OnLossNoticed(_evidence.Find(lease)!, wasTold);

    /// <summary>A client is done with a request, and does nothing about it any more.</summary>
    public void OnLetGo(Guid lease) => _letGo.OnLetGo(_evidence.Find(lease)!);

    /// <summary>The owner of a hold wants it kept until then, though it is done with it.</summary>
    public void OnKeptUntil(Guid lease, long until) => _evidence.Find(lease)!.KeptUntil = until;

    /// <summary>The client of an attempt is dead, or has forgotten it.</summary>
    public void OnForsaken(Guid lease)
    {
        var attempt = _evidence.Find(lease)!;
        attempt.ForsakenAt = _evidence.Now;
        _exclusion.OnEndOfBelief(attempt);
        _queue.OnPlaceOver(attempt);
    }

    /// <summary>What is known of an attempt.</summary>
    public AttemptFacts? Find(Guid lease) => _evidence.Find(lease);

    public void OnClockBroken(Guid lease) => _evidence.Find(lease)!.IsClockBroken = true;

    public void OnWallClocksBroken() => _evidence.AreWallClocksBroken = true;

    /// <summary>An activation read the record.</summary>
    public void OnChecked(ActivationFacts activation) => activation.CheckedAt = _evidence.Now;

    /// <summary>The record that an activation starts from was read.</summary>
    public void OnRead(ActivationFacts activation, CommitFacts? read) => _chain.OnRead(activation, read);

    /// <summary>An activation asks the store for the record, or for its deletion.</summary>
    public void OnAsked(ActivationFacts activation) => activation.AskedAt = _evidence.Now;

    /// <summary>An activation asks the store to delete the record, or first of all a chunk. Who comes after the first of these came too late.</summary>
    public static void OnForgetting(ActivationFacts activation)
    {
        if (!activation.IsForgetting)
            (activation.IsForgetting, activation.UsedBeforeForgetting) = (true, activation.UsedAt);
    }

    /// <summary>There is no record, an activation was answered.</summary>
    public void OnFoundNothing(ActivationFacts activation) => (activation.AbsentAt, activation.AbsentSeenAt) = (activation.AskedAt, _evidence.Now);

    /// <summary>An activation deleted the record.</summary>
    public void OnForgotten(ActivationFacts activation)
    {
        Mix(8, activation.Id, activation.Key);
        _forgetting.OnForgotten(activation);
    }

    /// <summary>An activation deleted a chunk of its queue; these are left.</summary>
    public void OnSlotDeleted(ActivationFacts activation, int slot, IEnumerable<int> left) => _forgetting.OnSlotDeleted(activation, slot, left);

    /// <summary>The world is at rest, and has been for long: what the store still has of a key.</summary>
    public void OnLeft(int key, IReadOnlyList<string> names) => _forgetting.OnLeft(_evidence.Key(key), names);

    /// <summary>The queue that an activation begins with.</summary>
    public void OnRestored(ActivationFacts activation, IReadOnlyList<Guid> waiters) => _queue.OnRestored(activation, waiters);

    public void OnLoaded(ActivationFacts activation, bool fenced, IEnumerable<(Guid Lease, long Term)> holders, IReadOnlyList<Guid> ended)
    {
        Mix(4, activation.Id, fenced ? 1 : 0);
        _chain.OnLoaded(activation, fenced);
        _memory.OnLoaded(activation, ended);
        foreach (var (lease, term) in holders)
            _calm.OnLeased(activation, lease, term);
    }

    public void OnCommitted(ActivationFacts activation, CommitFacts commit)
    {
        Mix(5, activation.Id, commit.LastToken);
        _queue.OnCommitted(activation, commit);
        if (_evidence.Key(activation.Key) is { ForgottenAt: >= 0, Committed: null })
            _coverage.Add(Mark.KeyRemade);
        _chain.OnCommitted(activation, commit);
    }

    /// <summary>A chunk of the queue was written.</summary>
    public void OnChunkWritten(ActivationFacts activation)
    {
        _queue.OnChunkWritten(activation);
        _forgetting.OnChunkWritten(activation);
    }

    public void OnEvent(ActivationFacts activation, EventFacts told)
    {
        Events++;
        Mix(6, activation.Id, told.Token ^ told.Ticket ^ ((long)told.Kind << 60));
        if (_evidence.Find(told.Lease) is not { } attempt)
        {
            _evidence.Fail("known attempt", $"{activation} tells {told.Kind} of {Short.Of(told.Lease)}, which nobody made");
            return;
        }

        switch (told.Kind)
        {
            case EventKind.Granted:
                OnGranted(activation, attempt, told);
                break;
            case EventKind.Renewed:
                _calm.OnLeased(activation, told.Lease, attempt.Duration);
                (attempt.Takeovers, attempt.TakenOverAt) = (0, _evidence.Now);
                break;
            case EventKind.LeaseEnded:
                if (told.End == EndKind.Expired && attempt.Delay > 0)
                    _coverage.Add(Mark.DelayedEnd);
                OnLeaseEnded(activation, attempt, told.End);
                activation.Told.Remove(told.Lease);
                _memory.OnOver(activation, told.Lease);
                _calm.OnLeaseEnded(activation, told.Lease);
                _changes.OnLeaseEnded(activation, told.Lease);
                break;
            case EventKind.Queued:
                attempt.QueuedAt = _evidence.Now;
                _memory.OnBegun(activation, attempt);
                _queue.OnQueued(activation, attempt, told);
                break;
            case EventKind.WaitEnded:
                OnWaitEnded(activation, attempt, told);
                break;
            case EventKind.Changed:
                _changes.OnChanged(activation, attempt, told);
                break;
            case EventKind.UpgradeEnded:
                _changes.OnUpgradeEnded(activation, attempt, told);
                break;
        }
    }

    /// <summary>An activation ended by itself; what it was asked it must have answered.</summary>
    public static void OnOver(ActivationFacts activation) => activation.IsOver = true;

    /// <summary>An activation is gone with its process, and answers nobody any more.</summary>
    public static void OnCrashed(ActivationFacts activation)
    {
        activation.IsOver = true;
        activation.Open.Clear();
    }

    public void OnLost(int key, LossKind kind)
    {
        var facts = _evidence.Key(key);
        (facts.LostAt, facts.LostAs) = (_evidence.Now, _evidence.NextOrder());
        _queue.OnLost(facts, kind);
        if (kind == LossKind.Places)
            return;
        facts.HeadLostAt = _evidence.Now;
        ChainChecker.OnLost(facts);
        DataChecker.OnLost(facts);
    }

    /// <summary>The protected resource was used under a hold, or refused that.</summary>
    public void OnUse(int key, ShareFacts share, bool accepted) => _resources.OnUse(key, share, accepted);

    public void OnCalm() => _evidence.CalmSince = _evidence.Now;

    public void OnWaitingAtRest(string who) => _calm.OnWaitingAtRest(who);

    public void OnHeldAtRest(int key, Guid lease) => _calm.OnHeldAtRest(key, lease);

    /// <summary>The end: judges what can only be judged now.</summary>
    public void OnRest(bool isAtRest)
    {
        _calls.OnRest();
        _calm.OnRest(isAtRest);
        _history.CheckAll();
    }

    private void OnGranted(ActivationFacts activation, AttemptFacts attempt, EventFacts told)
    {
        if (told.Ticket == 0)
            _memory.OnBegun(activation, attempt);
        if (attempt.OverAt >= 0)
            _coverage.Add(Mark.GrantToGhost);
        _queue.OnGranted(activation, attempt, told);
        _changes.OnGranted(activation, attempt, told.Token);
        QueueChecker.OnUnqueued(activation, attempt);
        _calm.OnGranted(activation, attempt);
    }

    private void OnLeaseEnded(ActivationFacts activation, AttemptFacts attempt, EndKind end)
    {
        if (end == EndKind.SessionEnded)
            _sessions.OnEndedBySession(activation, attempt);
        else if (end == EndKind.Expired)
            _sessions.OnExpired(activation, attempt);
    }

    private void OnWaitEnded(ActivationFacts activation, AttemptFacts attempt, EventFacts told)
    {
        _memory.OnOver(activation, told.Lease);
        QueueChecker.OnUnqueued(activation, attempt);
        if (told.End == EndKind.Cancelled)
            _calls.OnCancelled(activation, told.Lease);
        if (told.End == EndKind.SessionEnded)
            _sessions.OnEndedBySession(activation, attempt);
        if (told.End == EndKind.Dropped)
            _queue.OnDropped(activation, new WaiterId(attempt.Lease, IsUpgrade: false));
        else
            _queue.OnPlaceOver(attempt);
    }

    private void Mix(long kind, long first, long second)
    {
        foreach (var value in (ReadOnlySpan<long>)[_evidence.Now, kind, first, second])
            _digest = (_digest ^ (ulong)value) * 1099511628211;
    }
}
