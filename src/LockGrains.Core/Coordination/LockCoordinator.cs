namespace LockGrains.Core;

/// <summary>
/// One key's single writer: takes commands in the order they come, lets <see cref="LockStateMachine"/> decide them, makes the
/// decisions durable, and only then tells anybody.
/// <para>
/// There may be several of these alive for one key, and each may believe itself the only one: no runtime can promise otherwise. The
/// ETag of the key's record settles it. Whatever an answer promises has been written with the ETag of the state it was decided on;
/// whatever it denies was checked against it. A coordinator that meets another ETag, or a storage operation of which nobody can say
/// whether it was applied, trusts itself no more: it answers "unknown" to all and ends. The next one loads what is true, and first
/// writes the record back under a higher epoch, from where on all that the older ones still send fails.
/// </para>
/// <para>
/// While a write is on its way commands gather, and go into the next one together. The next state is computed beside the current one
/// and takes its place when it is written. Runs on the task scheduler that it is made on (a grain's, a simulator's), which must run one
/// thing at a time; it takes no lock and starts no thread.
/// </para>
/// </summary>
public sealed partial class LockCoordinator
{
    private readonly ILockStore _store;
    private readonly TimeProvider _timeProvider;
    private readonly LockPolicy _policy;
    private readonly ILockCoordinatorObserver? _observer;
    private readonly TaskScheduler _scheduler;
    private readonly long _origin;
    private readonly QueueJournal _journal;
    private readonly Forgetting _forgetting;
    private readonly WaitingCalls _waiting = new();
    private readonly List<Decision> _batch = [];
    private readonly Action<object?> _onGone;

    // Calls whose slice is over, and that are told their place as soon as it is durable.
    private readonly Dictionary<LeaseId, PendingCall> _awaitingPlace = [];

    // Ended at their holder's wish, and told so from memory, since the safety record was written last.
    private readonly List<LeaseId> _toldReleases = [];

    private List<PendingCall> _inbox = [];
    private List<PendingCall> _taken = [];
    private Phase _phase = Phase.New;
    private string _endDetail = "";
    private bool _pumping;
    private TaskCompletionSource? _stopRequest;
    private LockState? _state;
    private string? _headETag;

    // What is known where the ETag is null.
    private Absence _absence;

    // Deadlines on the monotonic clock; MaxValue for none.
    private TimeSpan _headDue = TimeSpan.MaxValue;
    private TimeSpan _flushDue = TimeSpan.MaxValue;
    private TimeSpan _storeDeadline = TimeSpan.MaxValue;
    private TimeSpan _flushDeadline = TimeSpan.MaxValue;
    private TimeSpan _validatedAt;

    // All of them had the whole grace left then, or have joined since.
    private TimeSpan _awaitingHeardAt;
    private Task? _flush;

    // Set while a flush waits for a write of the safety record to prove that this coordinator is the current one.
    private TaskCompletionSource<LockState>? _proof;

    /// <summary>Makes a coordinator; it loads its key when it is first asked something.</summary>
    /// <param name="store">The key's records.</param>
    /// <param name="timeProvider">The clocks: the monotonic one for leases and waits, the wall clock for tokens only.</param>
    /// <param name="policy">The bounds and times.</param>
    /// <param name="observer">Who is told what happens.</param>
    /// <param name="forgettingPace">How many keys of this host are forgotten at a time; null for no bound.</param>
    /// <exception cref="ArgumentException">The policy is out of range.</exception>
    public LockCoordinator(
        ILockStore store, TimeProvider timeProvider, LockPolicy policy, ILockCoordinatorObserver? observer = null, ForgettingPace? forgettingPace = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Problems() is [var problem, ..])
            throw new ArgumentException(problem, nameof(policy));
        _store = store;
        _timeProvider = timeProvider;
        _policy = policy;
        _observer = observer;
        _scheduler = TaskScheduler.Current;
        _origin = timeProvider.GetTimestamp();
        _journal = new QueueJournal(store, OnChunkWritten);
        _forgetting = new Forgetting(store, timeProvider, policy, forgettingPace);
        _onGone = call => Post(() => Abandon((PendingCall)call!));
    }

    private enum Phase
    {
        New,
        Serving,
        Quarantined,
        Stopped,
    }

    /// <summary>Whether it still answers; once false, for ever.</summary>
    public bool IsAlive => _phase is Phase.New or Phase.Serving && _stopRequest is null;

    /// <summary>The highest fencing token of the key, as far as this coordinator knows; none where it has found no record.</summary>
    public FencingToken LastToken => _headETag is null || _state is null ? FencingToken.None : _state.LastToken;

    /// <summary>Time since this coordinator was made.</summary>
    public TimeSpan Elapsed => _timeProvider.GetElapsedTime(_origin);

    /// <summary>Puts a command to the lock. An acquire may be answered only after its slice.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">
    /// Ends the call of a waiting acquire. The waiter keeps its place for the grace: a call that ended does not say what its client wants.
    /// </param>
    public Task<LockAnswer> ExecuteAsync(LockCommand command, CancellationToken cancellationToken = default) =>
        ExecuteAsync(command, static answer => answer, cancellationToken);

    /// <summary>Puts a command to the lock, and reads the answer where it is made: that spares a caller who only translates it a task.</summary>
    /// <typeparam name="T">What the caller makes of the answer.</typeparam>
    /// <param name="command">The command.</param>
    /// <param name="read">Makes it; a function, called once at most, between steps.</param>
    /// <param name="cancellationToken">Ends the call of a waiting acquire.</param>
    public Task<T> ExecuteAsync<T>(LockCommand command, Func<LockAnswer, T> read, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(read);
        if (command is LockCommand.EndSlice)
            throw new ArgumentException("A coordinator ends the slices of its waiting calls itself.", nameof(command));
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        if (!IsAlive)
            return Task.FromResult(read(LockAnswer.Unknown(_endDetail)));
        var now = Elapsed;
        var call = new PendingCall<T>(command, now, read, command is LockCommand.Acquire ? cancellationToken : default);
        _inbox.Add(call);
        if (command is not LockCommand.Tick)
            _forgetting.Heard(now);
        Pump();
        if (_inbox is [.., var last] && last == call)
            call.Listen(_onGone);
        return call.Task;
    }

    /// <summary>Reads the lock as this coordinator knows it; null when it cannot say. Advisory.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<LockState?> ReadAsync(CancellationToken cancellationToken = default)
    {
        var answer = await ExecuteAsync(LockCommand.Tick.Instance, cancellationToken);
        return answer.Reply is LockReply.Unknown ? null : _state;
    }

    /// <summary>
    /// The holds that were released, and whose holders were told so, but that storage may still know as held. Once this coordinator is
    /// quarantined nobody else will ask for them to be released: whoever can should, or each costs those who wait a lease.
    /// </summary>
    public IReadOnlyList<LeaseId> UnwrittenReleases => _toldReleases;

    /// <summary>Why it does not answer any more, for people; empty while it does.</summary>
    public string EndDetail => _endDetail;

    /// <summary>
    /// Ends it in good order: writes what is not written yet and answers every waiting call, so that its client comes back, to the next
    /// activation, with its place kept. Never throws.
    /// </summary>
    public Task StopAsync()
    {
        if (_stopRequest is not null || _phase is Phase.Quarantined or Phase.Stopped)
            return _stopRequest?.Task ?? Task.CompletedTask;
        _stopRequest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _endDetail = "This activation is ending in good order; the next one will know.";
        Pump();
        return _stopRequest.Task;
    }

    private void Pump()
    {
        if (!_pumping)
            _ = PumpAsync();
    }

    private async Task PumpAsync()
    {
        _pumping = true;
        try
        {
            if (_phase == Phase.New && _inbox.Count > 0)
                await LoadAsync();
            while (_phase == Phase.Serving && (HasWork(Elapsed) || HurryToStop()))
                await (IsForgettingDue(Elapsed) ? ForgetAsync() : StepAsync());
            FinishIfStored();
        }
        catch (Exception exception)
        {
            // Whatever it was, what is in memory may not be what is true. The next activation starts from storage.
            Quarantine(exception);
        }
        finally
        {
            _pumping = false;
        }

        ArmTimer();
    }

    private bool HasWork(TimeSpan now) => _inbox.Count > 0 || NextDeadline() <= now;

    private TimeSpan NextDeadline()
    {
        var deadline = Min(_waiting.NextSliceEnd, _headDue);
        if (_flush is null)
            deadline = Min(deadline, _flushDue);
        if (IsIdle)
            deadline = Min(deadline, _forgetting.DueAt);
        return _state is null ? deadline : Min(deadline, _state.NextDeadline());
    }

    /// <summary>Decides all that has gathered, writes once if any of it must be written, and then tells.</summary>
    private async Task StepAsync()
    {
        if (_headETag is null && !_absence.AllowsDecision(Now(), _policy))
            await LookAgainAsync();
        if (_phase != Phase.Serving)
            return;
        var now = Now();
        KeepAwaitedPlaces(now.Monotonic);
        var before = _headETag is null ? _state!.RaisedToClock(now, _policy) : _state!;
        var (state, after, dirty) = DecideBatch(before, now);
        if (dirty)
            _headDue = Min(_headDue, now.Monotonic + _policy.ReleaseWriteDelay);

        // A chunk may lose a waiter only after the safety record was written with the decision, or a later one.
        var flushNeedsCommit = _flushDue <= now.Monotonic && _flush is null && _journal.HasUncommittedRemovals;
        var writes = after == AnswerAfter.Write || _headDue <= now.Monotonic || flushNeedsCommit || IsProvenOnlyByAWrite(after);
        if (writes)
            await WriteHeadAsync(state);
        else if (after == AnswerAfter.Validation || (after == AnswerAfter.RecentValidation && !IsValidatedRecently(now)))
            await ValidateAsync();

        // A storage operation that took too long has ended this coordinator in the meantime.
        if (_phase != Phase.Serving)
            return;

        _state = state;
        if (writes)
        {
            _toldReleases.Clear();
            TellDurablePlaces();
        }
        else
        {
            NoteReleases();
        }

        TellBatch(now);
        if (writes)
            _journal.ConfirmRemovals();
        StartFlushIfDue(now.Monotonic);
    }

    /// <summary>
    /// Where no record was found, finding none again proves nothing: there may be one that the store cannot read as such (a foreign field in
    /// a Redis hash). Only a compare-and-set can tell.
    /// </summary>
    private bool IsProvenOnlyByAWrite(AnswerAfter after) => after == AnswerAfter.Validation && _headETag is null;

    private (LockState State, AnswerAfter After, bool Dirty) DecideBatch(LockState state, LockTime now)
    {
        var (after, dirty) = (AnswerAfter.Decision, false);
        while (_waiting.TryNextEnded(now.Monotonic, out var leaseId))
            Decide(new LockCommand.EndSlice(leaseId), call: null);

        (_inbox, _taken) = (_taken, _inbox);

        // Who has gone goes first, so that a copy of its request whose caller waits attaches it again, in whatever order the two came.
        foreach (var call in _taken)
        {
            if (call.IsCompleted)
                Decide(CommandOf(call), call);
        }

        foreach (var call in _taken)
        {
            if (!call.IsCompleted)
                Decide(CommandOf(call), call);
        }

        _taken.Clear();

        if (_batch.Count == 0)
            Decide(LockCommand.Tick.Instance, call: null);
        return (state, after, dirty);

        void Decide(LockCommand command, PendingCall? call)
        {
            var transition = LockStateMachine.Apply(state, command, now, _policy);
            _batch.Add(new Decision(call, command, transition));
            state = transition.State;
            after = transition.After > after ? transition.After : after;
            dirty |= transition.Dirty;
            foreach (var lockEvent in transition.Events)
                NoteStoredEnd(lockEvent);
        }

        // Who waited in storage would wait there again after a crash, and hold up all behind it: what ends it is told when it is stored.
        // Nobody is told of one that was dropped, so that may wait for the next write, for a while.
        void NoteStoredEnd(LockEvent lockEvent)
        {
            if (lockEvent is not LockEvent.WaitEnded ended || !_journal.MayBeStored(ended.Waiter))
                return;
            _journal.NoteEnded(ended.Waiter);
            dirty = true;
            if (ended.Reason != EndReason.Dropped)
                after = AnswerAfter.Write;
        }
    }

    /// <summary>What a call comes to by now.</summary>
    private LockCommand CommandOf(PendingCall call)
    {
        // Its caller has gone: a waiter keeps its place for the grace, and one that was not here yet never gets one.
        var command = call.IsCompleted && call.Command is LockCommand.Acquire gone ? new LockCommand.Detach(gone.LeaseId) : call.Command;

        // A newer call of the same client has begun to wait since the one that was abandoned.
        return command is LockCommand.Detach detach && _waiting.IsWaiting(detach.LeaseId) ? LockCommand.Tick.Instance : command;
    }

    private void NoteReleases()
    {
        foreach (var (_, _, transition) in _batch)
        {
            foreach (var lockEvent in transition.Events)
            {
                if (lockEvent is LockEvent.LeaseEnded { Reason: EndReason.Released or EndReason.Cancelled } ended)
                    _toldReleases.Add(ended.Lease.LeaseId);
            }
        }
    }

    private void TellBatch(LockTime now)
    {
        foreach (var (call, command, transition) in _batch)
        {
            foreach (var lockEvent in transition.Events)
                Tell(lockEvent, transition.State, now);
            if (command is LockCommand.EndSlice endSlice)
                EndSlice(endSlice.LeaseId, transition.Reply);
            else if (transition.Reply is LockReply.Queued queued)
                StartWaiting(call!, queued);
            else
                call?.Answer(transition.Reply);
        }

        _batch.Clear();
    }

    private void Tell(LockEvent lockEvent, LockState state, LockTime now)
    {
        if (_journal.Observe(lockEvent))
            _flushDue = Min(_flushDue, now.Monotonic + _policy.QueueWriteDelay);
        switch (lockEvent)
        {
            case LockEvent.LeaseGranted { Waiter: not null } granted when _waiting.TryTake(granted.Lease.LeaseId, out var call):
                call.Answer(new LockReply.Granted(granted.Lease));
                break;
            case LockEvent.WaiterRecalled recalled when _waiting.TryTake(recalled.Waiter.LeaseId, out var call):
                TellPlace(recalled.Waiter.LeaseId, call);
                break;
            case LockEvent.WaitEnded ended when _waiting.TryTake(ended.Waiter.LeaseId, out var call):
                var reason = ended.Reason == EndReason.TimedOut ? DenyReason.TimedOut : DenyReason.Ended;
                call.Answer(new LockReply.Denied(reason, state.Queue.Count));
                break;
        }

        _observer?.OnEvent(lockEvent, now, state.Queue.Count);
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private LockTime Now()
    {
        var elapsed = Elapsed;

        // Whoever waits in a call whose slice is over is here, and only was not sent away yet: no reason to drop it.
        var heardUntil = Min(elapsed, _waiting.NextSliceEnd);
        foreach (var call in _inbox)
            heardUntil = Min(heardUntil, call.ArrivedAt);
        return new LockTime(elapsed, _timeProvider.GetUtcNow().ToUnixTimeMilliseconds()) { HeardUntil = heardUntil };
    }

    private readonly record struct Decision(PendingCall? Call, LockCommand Command, LockTransition Transition);
}
