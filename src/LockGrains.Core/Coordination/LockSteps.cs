namespace LockGrains.Core;

/// <summary>
/// What a coordinator does with its key, a step at a time: loads it; decides what has come, makes that durable and then tells; forgets the key.
/// Whatever it throws means that the activation must trust itself no more.
/// </summary>
internal sealed class LockSteps
{
    private readonly LockCoordinator _coordinator;
    private readonly LockJournal _journal;
    private readonly Forgetting _forgetting;
    private readonly Inbox _inbox;
    private readonly ActivationClock _clock;
    private readonly LockPolicy _policy;
    private readonly DueWrites _due = new();
    private readonly QueueFlush _flush;
    private readonly WaitingCalls _waiting;
    private readonly DecisionBatch _batch;
    private readonly LockView _view;
    private Func<bool>? _isForgettingDue;

    // Null as long as nobody has watched the key.
    private Watchers? _watchers;

    // Null as long as nothing was held under a session here, or where nobody can be asked about sessions.
    private readonly ISessionProbe? _probe;
    private SessionProbes? _sessions;

    // A hold, a value or a limit is shown that storage does not have yet, though it will soon.
    private bool _isAhead;

    // Ended at their holder's wish, and told so from memory, since the lock record was written last.
    private readonly List<LeaseId> _toldReleases = [];

    private LockState? _state;

    public LockSteps(LockCoordinator coordinator, LockJournal journal, Inbox inbox, ActivationClock clock, LockPolicy policy, ForgettingPace? forgettingPace, long identity, ISessionProbe? probe)
    {
        _coordinator = coordinator;
        _probe = probe;
        _journal = journal;
        _forgetting = new Forgetting(journal, clock, policy, forgettingPace);
        _inbox = inbox;
        _clock = clock;
        _policy = policy;
        _flush = new QueueFlush(journal.Queue, _due, this);
        _view = new LockView(policy, identity);
        _waiting = new WaitingCalls(policy, clock, journal.Queue, _due, _view.Pace);
        _batch = new DecisionBatch(policy, journal.Queue, _waiting);
    }

    public LockState? State => _state;

    public FencingToken LastToken => !_journal.IsStored || _state is null ? FencingToken.None : _state.LastToken;

    public IReadOnlyList<LeaseId> UnwrittenReleases => _toldReleases;

    /// <summary>Whether storage has all that was decided.</summary>
    public bool IsStored => !_flush.IsRunning && !_journal.Queue.NeedsFlush && _due.Record == TimeSpan.MaxValue;

    /// <summary>Somebody uses the key.</summary>
    public void Heard(TimeSpan now) => _forgetting.Heard(now);

    public async Task LoadAsync()
    {
        var (state, isFenced) = await _journal.LoadAsync();
        _state = state;
        _forgetting.Heard(_clock.Elapsed);
        if (_journal.Queue.HasLeftovers)
            _due.QueueBy(_clock.Elapsed + _policy.QueueWriteDelay);
        if (!_coordinator.IsAlive)
            Hurry();
        if (state.Holders.Any(static lease => lease.Request.Session is not null))
            BeginSessions();
        _coordinator.Observer?.OnLoaded(state, isFenced);
    }

    public bool HasWork(TimeSpan now) => !_inbox.IsEmpty || NextDeadline() <= now;

    public TimeSpan NextDeadline()
    {
        var deadline = Min(_waiting.NextSliceEnd, _due.Record);
        if (!_flush.IsRunning)
            deadline = Min(deadline, _due.Queue);
        if (IsIdle)
            deadline = Min(deadline, _forgetting.DueAt);
        if (_watchers is { Count: > 0 })
            deadline = Min(deadline, NextWatchersDue());
        if (_sessions is not null)
            deadline = Min(deadline, _sessions.NextDue);
        return _state is null ? deadline : Min(deadline, _state.NextDeadline(_policy));
    }

    public Task StepAsync() => IsForgettingDue() ? ForgetAsync() : DecideAsync();

    /// <summary>Lets a waiter go on without its call, if that waits.</summary>
    public bool TryDetach(PendingCall call)
    {
        if (_state?.FindTicket(call.Ticket) is not { } waiter || !_waiting.TryTake(call, waiter.LeaseId))
            return false;
        _inbox.DetachFirst(waiter.LeaseId, _clock.Elapsed);
        return true;
    }

    /// <summary>What is shown of the key, once it is loaded.</summary>
    public LockInfo ReadInfo() => _view.Read(_state!, LastToken, _clock.Now);

    /// <summary>Whether a cursor is one that this activation gave: then it needs no proof of being current before it lets its caller wait.</summary>
    public bool Knows(string? cursor) => _state is not null && _view.IsOwn(cursor);

    /// <summary>Begins to watch the key, once it is loaded.</summary>
    /// <param name="cursor">What the caller knows.</param>
    /// <param name="until">When its slice is over.</param>
    public Watch Watch(string? cursor, TimeSpan until)
    {
        _watchers ??= new Watchers();
        if (_policy.FindWatchersProblem(_watchers.Count) is { } problem)
            return Core.Watch.Told(WireReplies.RefusedWatch(problem));
        _view.OnTime(_state!, _clock.Now);
        var watch = new Watch(until);
        _watchers.Add(watch, isTold: cursor == _view.Cursor, _view.Changes);
        return watch;
    }

    /// <summary>Begins to watch the key for what changes from now on, once it is loaded.</summary>
    /// <param name="until">When its slice is over.</param>
    public Watch WatchFromNow(TimeSpan until) => Watch(_view.Cursor, until);

    /// <summary>The hold that has a token; null where there is none, or the key is not loaded.</summary>
    public Lease? FindLease(FencingToken token) => _state?.Holders.FirstOrDefault(lease => lease.FencingToken == token);

    /// <summary>The caller of a watch has gone.</summary>
    public void EndWatch(Watch watch) => _watchers?.Remove(watch);

    /// <summary>It is ending: nothing that is to be stored waits for its delay any more.</summary>
    public void Hurry()
    {
        _due.Hurry();
        if (_journal.Queue.NeedsFlush)
            _due.QueueAtOnce();
    }

    /// <summary>Answers all calls that wait, when everything is stored: who has a durable place is told it.</summary>
    public void EndWaits(string detail) => _waiting.EndAll(_state, detail);

    /// <summary>It takes no step any more.</summary>
    /// <param name="detail">Why, for people.</param>
    /// <returns>The calls that have no answer yet.</returns>
    public IReadOnlyList<PendingCall> End(string detail)
    {
        _flush.End();
        _watchers?.TellAll(WireReplies.UnknownWatch(detail));
        PendingCall[] calls = [.. _batch.Calls(), .. _waiting.TakeAll()];
        _batch.Clear();
        return _sessions is null ? calls : [.. calls, .. _sessions.End()];
    }

    /// <summary>Decides all that has gathered, writes once if any of it must be written, and then tells.</summary>
    private async Task DecideAsync()
    {
        if (_journal.IsAbsenceOld)
            await _journal.LookAgainAsync();
        var now = Now();
        var (state, after, dirty) = _batch.Decide(_state!, _inbox.TakeTurn(), now);
        _inbox.EndTurn();
        if (dirty)
            _due.RecordBy(now.Monotonic + _policy.ReleaseWriteDelay);
        if (_watchers is { Count: > 0 } && after == AnswerAfter.Decision && NextWatchersDue() <= now.Monotonic)
            after = AnswerAfter.RecentValidation;

        // A chunk may lose a waiter only after the lock record was written with the decision, or a later one.
        var flushNeedsCommit = _due.Queue <= now.Monotonic && !_flush.IsRunning && _journal.Queue.HasUncommittedRemovals;
        var writes = after == AnswerAfter.Write || _due.Record <= now.Monotonic || flushNeedsCommit || IsProvenOnlyByAWrite(after)
            || (after == AnswerAfter.Stored && (_isAhead || dirty));
        if (writes)
            await WriteAsync(state);
        else if (after == AnswerAfter.Validation || after == AnswerAfter.Stored || after == AnswerAfter.Reread || (after == AnswerAfter.RecentValidation && !_journal.IsValidatedRecently(now)))
            await _journal.ValidateAsync();

        // A flush that failed has ended this activation in the meantime.
        if (!_coordinator.IsRunning)
            return;

        _view.OnDecided(_state!, state);
        _state = state;
        _isAhead = !writes && (_isAhead || dirty);
        if (writes)
        {
            _toldReleases.Clear();
            _waiting.TellDurablePlaces(state);
        }
        else
        {
            _toldReleases.AddRange(_batch.Releases());
        }

        TellBatch(now);
        if (writes)
            _journal.Queue.ConfirmRemovals();
        if (_watchers is { Count: > 0 })
            TellWatchers(isProven: after != AnswerAfter.Decision || writes, now);
        _flush.StartIfDue(now.Monotonic, _state);
        _sessions?.OnStepped(_state, now.Monotonic);
    }

    /// <summary>
    /// Where no record was found, finding none again proves nothing: there may be one that the store cannot read as such (a foreign field in
    /// a Redis hash). Only a compare-and-set can tell.
    /// </summary>
    private bool IsProvenOnlyByAWrite(AnswerAfter after) => after is AnswerAfter.Validation or AnswerAfter.Stored && !_journal.IsStored;

    private async Task WriteAsync(LockState state)
    {
        // A flush that asks for a proof while this is under way waits for the next one.
        var proof = _flush.Proof;
        _due.RecordBegins();
        await _journal.WriteAsync(state);
        _flush.Prove(proof, state);
    }

    public void OnFlushed(bool hasWritten)
    {
        if (_waiting.AwaitsPlace)
            _due.RecordAtOnce();
        else if (hasWritten)
            _due.RecordBy(_clock.Elapsed + _policy.ReleaseWriteDelay);
        _coordinator.Pump();
    }

    public void OnFlushFailed(Exception exception) => _coordinator.Quarantine(exception);

    public void OnProofNeeded() => _coordinator.Pump();

    /// <summary>Nobody holds, nobody waits, and the lock record says so. What chunks still say of an empty queue goes with them.</summary>
    private bool IsIdle => _state is { Holders.IsEmpty: true, Queue.IsEmpty: true } && _due.Record == TimeSpan.MaxValue
        && !_flush.IsRunning && _due.Queue == TimeSpan.MaxValue && _coordinator.IsAlive;

    private bool IsForgettingDue() => IsIdle && _inbox.IsEmpty && _forgetting.DueAt <= _clock.Elapsed;

    private async Task ForgetAsync()
    {
        var wasStored = _journal.IsStored;
        if (!await _forgetting.ForgetAsync(_state!, _isForgettingDue ??= IsForgettingDue))
            return;

        // A value whose time was over went with the record: the next one that is written must not bring it back.
        if (_state!.Data is { Value: not null } data)
            _state = _state with { Data = data with { Value = null } };
        if (wasStored)
            _view.OnForgotten();
        _coordinator.Observer?.OnForgotten(wasStored, isUnused: _inbox.IsEmpty && _watchers is not { Count: > 0 });
    }

    /// <summary>When somebody who watches is to be told; not before storage has what it would be shown, because a crash could take that back.</summary>
    private TimeSpan NextWatchersDue()
    {
        if (_isAhead || _state is null)
            return TimeSpan.MaxValue;
        var now = _clock.Now;
        _view.OnTime(_state, now);
        return Min(_watchers!.NextDue(_view.Changes), LockView.NextChangeAt(_state, now));
    }

    /// <summary>
    /// Tells those who watch what is shown now, if this activation was current a short while ago. If that is not known, the next step finds out
    /// first: an activation that was forgotten must not keep anybody.
    /// </summary>
    private void TellWatchers(bool isProven, LockTime now)
    {
        if (NextWatchersDue() > now.Monotonic || !(isProven || _journal.IsValidatedRecently(now)))
            return;
        _watchers!.Tell(_view.Changes, now.Monotonic, new WatchReply { Status = WatchStatus.Current, Info = ReadInfo(), Cursor = _view.Cursor });
    }

    private void TellBatch(LockTime now)
    {
        foreach (var (call, command, transition) in _batch.Decisions)
        {
            foreach (var lockEvent in transition.Events)
                Tell(lockEvent, transition.State, now);
            if (command is LockCommand.EndSlice endSlice)
                EndSlice(endSlice.LeaseId, transition.Reply);
            else if (transition.Reply is LockReply.Queued queued)
                StartWaiting(call!, queued);
            else if (transition.Reply is LockReply.Denied { Reason: DenyReason.Busy } && _sessions?.Keeps(call!, transition.State, now.Monotonic) == true)
                continue;
            else if (transition.Reply is LockReply.Heard heard)
                call?.Answer(_waiting.WithDurablePlaces(heard));
            else
                call?.Answer(Final(transition.Reply));
        }

        _batch.Clear();
    }

    private void Tell(LockEvent lockEvent, LockState state, LockTime now)
    {
        if (lockEvent is LockEvent.LeaseGranted { Lease.Request.Session: not null })
            BeginSessions();
        if (_journal.Queue.Observe(lockEvent))
            _due.QueueBy(now.Monotonic + _policy.QueueWriteDelay);
        switch (lockEvent)
        {
            case LockEvent.LeaseGranted { Waiter: not null } granted when _waiting.TryTake(granted.Lease.LeaseId, out var call):
                call.Answer(Final(GrantedOf(granted.Lease, state)));
                break;
            case LockEvent.HoldChanged { Waiter: not null } changed when _waiting.TryTake(changed.After.LeaseId, out var call):
                call.Answer(Final(GrantedOf(changed.After, state)));
                break;
            case LockEvent.WaitEnded ended when _waiting.TryTake(ended.Waiter.LeaseId, out var call):
                DenyEnded(call, ended.Waiter, ended.Reason, state);
                break;
            case LockEvent.UpgradeEnded ended when _waiting.TryTake(ended.Waiter.LeaseId, out var call):
                DenyEnded(call, ended.Waiter, ended.Reason, state);
                break;
        }

        _view.OnEvent(lockEvent, now.Monotonic);
        _coordinator.Observer?.OnEvent(lockEvent, now, state.Queue.Count);
    }

    // That a hold has ended is not said here, because nothing proves it: who calls again is told when that is certain.
    private static void DenyEnded(PendingCall call, Waiter waiter, EndReason reason, LockState state) => call.Answer(new LockReply.Denied(
        reason switch
        {
            EndReason.TimedOut => DenyReason.TimedOut,
            EndReason.Refused => DenyReason.Limit,
            EndReason.SessionEnded => DenyReason.SessionEnded,
            _ => DenyReason.Ended,
        },
        state.Queue.Count,
        reason == EndReason.Refused ? LockPolicy.ProblemOfLimit(waiter.Request, state.Data!.Limit) : null));

    private LockReply Final(LockReply reply) => _batch.Final(reply, _state!.Queue.Count);

    private static LockReply.Granted GrantedOf(Lease lease, LockState state) => new(lease, state.Data?.ValueVersion ?? 0);

    private void EndSlice(LeaseId leaseId, LockReply reply)
    {
        // Answered by an event of this very batch: granted or timed out.
        if (!_waiting.TryTake(leaseId, out var call))
            return;
        if (reply is LockReply.Queued)
            _waiting.TellPlace(call, leaseId, _state!);
        else
            call.Answer(reply);
    }

    private void StartWaiting(PendingCall call, LockReply.Queued queued)
    {
        var command = (LockCommand.Waiting)call.Command;
        var leaseId = command.LeaseId;
        if (_state!.FindWaiter(leaseId) is { } waiter)
        {
            if (!call.IsAbandoned)
            {
                _waiting.Add(waiter, call);
                _coordinator.ListenTo(call);
                return;
            }

            call.Cancel();
            _inbox.DetachFirst(leaseId, _clock.Elapsed);
        }
        else if (_state.FindHolder(leaseId) is { } lease && (command is not LockCommand.Upgrade upgrade || lease.Change == upgrade.Change && lease.Mode == LockMode.Exclusive))
        {
            call.Answer(GrantedOf(lease, _state));
        }
        else
        {
            call.Answer(new LockReply.Denied(DenyReason.Ended, queued.QueueLength));
        }
    }

    private void BeginSessions()
    {
        if (_probe is not null)
            _sessions ??= new SessionProbes(_coordinator, _probe, _clock, _policy);
    }

    private LockTime Now()
    {
        var now = _clock.Now;

        // Whoever waits in a call whose slice is over is here, and only was not sent away yet: no reason to drop it.
        var heardUntil = _inbox.ArrivedSince(Min(now.Monotonic, _waiting.NextSliceEnd));
        return now with { HeardUntil = heardUntil, IsStored = _journal.IsStored };
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
