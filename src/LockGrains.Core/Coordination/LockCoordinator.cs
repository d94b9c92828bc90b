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
public sealed class LockCoordinator
{
    private readonly ActivationClock _clock;
    private readonly TaskScheduler _scheduler;
    private readonly Inbox _inbox = new();
    private readonly LockSteps _steps;
    private readonly DeadlineTimer _timer;
    private Phase _phase = Phase.New;
    private string _endDetail = "";
    private bool _pumping;
    private Action<object?>? _onGone;
    private TaskCompletionSource? _stopRequest;

    /// <summary>Makes a coordinator; it loads its key when it is first asked something.</summary>
    /// <param name="store">The key's records.</param>
    /// <param name="timeProvider">The clocks: the monotonic one for leases and waits, the wall clock for tokens only.</param>
    /// <param name="policy">The bounds and times.</param>
    /// <param name="observer">Who is told what happens.</param>
    /// <param name="forgettingPace">How many keys of this host are forgotten at a time; null for no bound.</param>
    /// <param name="identity">A random number: those who watch the key tell this activation from others by it.</param>
    /// <param name="sessions">Who knows of sessions; null where nobody does: holds under a session then end with their own leases alone.</param>
    /// <exception cref="ArgumentException">The policy is out of range.</exception>
    public LockCoordinator(
        ILockStore store,
        TimeProvider timeProvider,
        LockPolicy policy,
        ILockCoordinatorObserver? observer = null,
        ForgettingPace? forgettingPace = null,
        long identity = 0,
        ISessionProbe? sessions = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Problems() is [var problem, ..])
            throw new ArgumentException(problem, nameof(policy));
        Observer = observer;
        Policy = policy;
        _scheduler = TaskScheduler.Current;
        _clock = new ActivationClock(timeProvider);
        var journal = new LockJournal(new TimedLockStore(store, policy.StoreTimeout, timeProvider), _clock, policy, observer);
        _steps = new LockSteps(this, journal, _inbox, _clock, policy, forgettingPace, identity, sessions);
        _timer = new DeadlineTimer(_clock, PostTimer);
    }

    private enum Phase
    {
        New,
        Serving,
        Quarantined,
        Stopped,
    }

    /// <summary>Whether it still answers; once false, for ever.</summary>
    public bool IsAlive => IsRunning && _stopRequest is null;

    /// <summary>The highest fencing token of the key, as far as this coordinator knows; none where it has found no record.</summary>
    public FencingToken LastToken => _steps.LastToken;

    /// <summary>The bounds and times.</summary>
    public LockPolicy Policy { get; }

    /// <summary>The instant on this coordinator's clocks.</summary>
    public LockTime Now => _clock.Now;

    /// <summary>Time since this coordinator was made.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Puts a command to the lock. An acquire may be answered only after its slice.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">
    /// Ends the call of a waiting acquire. The waiter keeps its place for the window: a call that ended does not say what its client wants.
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
        if (command is LockCommand.EndSlice or LockCommand.Hear)
            throw new ArgumentException("A coordinator sees to its waiting calls itself.", nameof(command));
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        if (!IsAlive)
            return Task.FromResult(read(LockAnswer.Unknown(_endDetail)));
        var now = Elapsed;
        var call = new PendingCall<T>(command, now, read, command is LockCommand.Waiting ? cancellationToken : default);
        _inbox.Add(call);
        if (command is not (LockCommand.Tick or LockCommand.ReadValue or LockCommand.Look))
            _steps.Heard(now);
        Pump();
        if (_inbox.EndsWith(call))
            ListenTo(call);
        return call.Task;
    }

    /// <summary>Reads the lock as this coordinator knows it; null when it cannot say. Advisory.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<LockState?> ReadAsync(CancellationToken cancellationToken = default)
    {
        var answer = await ExecuteAsync(LockCommand.Tick.Instance, cancellationToken);
        return answer.Reply is LockReply.Unknown ? null : _steps.State;
    }

    /// <summary>What this coordinator shows of the lock; not known when it cannot say. Advisory.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<LockInfo> ReadInfoAsync(CancellationToken cancellationToken = default) =>
        await ReadAsync(cancellationToken) is null ? WireReplies.UnknownInfo(_endDetail) : _steps.ReadInfo();

    /// <summary>
    /// What a list shows of the lock; null when it is not listed, or nobody has asked for it yet. From any thread, without waiting for a step: it reads one
    /// state, and no state ever changes. A hold is there once it is in storage.
    /// </summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="which">Which locks are listed.</param>
    internal LockSummary? Summarize(string key, LockListState which) =>
        IsRunning && _steps.State is { } state && LockSummaries.IsListed(state, which) ? LockSummaries.Of(key, state, Elapsed) : null;

    /// <summary>
    /// Waits until what is shown of the lock has changed, or the slice is over. One that comes for the first time, or from another activation, is
    /// told the present state at once, and not before storage has proven that this activation is current: so nobody is told what is older than
    /// what it was told elsewhere. It makes no record.
    /// </summary>
    /// <param name="cursor">What the caller was told last; null for nothing.</param>
    /// <param name="slice">The longest to wait; null for the most, 60 s.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<WatchReply> WatchAsync(string? cursor, TimeSpan? slice = null, CancellationToken cancellationToken = default)
    {
        if (LockPolicy.FindSliceProblem(slice) is { } wrong)
            return WireReplies.RefusedWatch(wrong);
        var until = Elapsed + (slice < LockPolicy.BeatingSlice ? slice.Value : LockPolicy.BeatingSlice);

        // The watch begins in the step that proves it: in between, a key that nobody seems to use could end its activation.
        var watch = IsAlive && _steps.Knows(cursor)
            ? _steps.Watch(cursor, until)
            : await ExecuteAsync(LockCommand.Look.Instance, Begin, cancellationToken);
        await using var gone = cancellationToken.UnsafeRegister(_ => Post(() => EndWatch(watch, cancellationToken)), null);
        Pump();
        return await watch.Task;

        Watch Begin(LockAnswer answer) =>
            answer.Reply is LockReply.Unknown unknown ? Watch.Told(WireReplies.UnknownWatch(unknown.Detail)) : _steps.Watch(cursor, until);
    }

    /// <summary>
    /// Waits until a hold is over, or for a time. An end is told only when storage has it, by an activation that is current: whoever is told acts on
    /// it for good. Where the key has no record, one is written first, as the proof that there is none.
    /// </summary>
    /// <param name="token">The fencing token of the hold.</param>
    /// <param name="wait">
    /// The longest to wait; 0 for not at all. At most 60 s count, and at most a third of the hold's lease: within a lease an activation that was
    /// forgotten must be found out, since it hears nothing of an end.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it is over; null when nobody can say.</returns>
    public async Task<bool?> AwaitEndAsync(FencingToken token, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        var beganAt = Elapsed;
        var until = beganAt + (wait < LockPolicy.BeatingSlice ? wait : LockPolicy.BeatingSlice);
        while (true)
        {
            // The watch begins in the step that finds the hold alive, so that no change is missed.
            Watch? watch = null;
            var reply = await ExecuteAsync(new LockCommand.AskEnd(token), Begin, cancellationToken);
            if (reply is not LockReply.EndIs end)
                return null;
            if (end.IsOver || watch is null)
                return end.IsOver;
            await using var gone = cancellationToken.UnsafeRegister(_ => Post(() => EndWatch(watch, cancellationToken)), null);
            Pump();
            switch ((await watch.Task).Status)
            {
                case WatchStatus.Current:
                    continue;
                case WatchStatus.Refused:
                    // As many watch as may. That it is not over was proven all the same.
                    return false;
                default:
                    return null;
            }

            LockReply Begin(LockAnswer answer)
            {
                if (answer.Reply is not LockReply.EndIs { IsOver: false })
                    return answer.Reply;
                if (_steps.FindLease(token) is { } lease && beganAt + (lease.Request.Duration / 3) is var third && third < until)
                    until = third;
                if (Elapsed < until)
                    watch = _steps.WatchFromNow(until);
                return answer.Reply;
            }
        }
    }

    /// <summary>
    /// The holds that were released, and whose holders were told so, but that storage may still know as held. Once this coordinator is
    /// quarantined nobody else will ask for them to be released: whoever can should, or each costs those who wait a lease.
    /// </summary>
    public IReadOnlyList<LeaseId> UnwrittenReleases => _steps.UnwrittenReleases;

    /// <summary>Why it does not answer any more, for people; empty while it does.</summary>
    public string EndDetail => _endDetail;

    /// <summary>
    /// Ends it in good order: writes what is not written yet and answers every waiting call, so that its client comes back, to the next
    /// activation, with its place kept. Never throws.
    /// </summary>
    public Task StopAsync()
    {
        if (_stopRequest is not null || !IsRunning)
            return _stopRequest?.Task ?? Task.CompletedTask;
        _stopRequest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _endDetail = "This activation is ending in good order; the next one will know.";
        _steps.Hurry();
        Pump();
        return _stopRequest.Task;
    }

    internal ILockCoordinatorObserver? Observer { get; }

    /// <summary>Whether it has not ended; one that ends in good order still does what is left.</summary>
    internal bool IsRunning => _phase is Phase.New or Phase.Serving;

    internal void Pump()
    {
        if (!_pumping)
            _ = PumpAsync();
    }

    private async Task PumpAsync()
    {
        _pumping = true;
        try
        {
            if (_phase == Phase.New && !_inbox.IsEmpty)
            {
                await _steps.LoadAsync();
                _phase = Phase.Serving;
            }

            while (_phase == Phase.Serving && _steps.HasWork(Elapsed))
                await _steps.StepAsync();
            if (_stopRequest is not null && IsRunning && _steps.IsStored)
                Stop();
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

        if (IsRunning)
            _timer.SetBy(_steps.NextDeadline());
    }

    /// <summary>
    /// Begins work on the coordinator's own scheduler. It outlives the call in whose step it begins, and must not carry that call's context along.
    /// </summary>
    internal void BeginDetached(Func<Task> work)
    {
        using var noFlow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        _ = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);
    }

    /// <summary>Has a call decided anew, in the next step.</summary>
    internal void DecideAgain(PendingCall call) => _inbox.Add(call);

    /// <summary>Has a call end when its caller has gone.</summary>
    internal void ListenTo(PendingCall call) => call.Listen(_onGone ??= gone => Post(() => Abandon((PendingCall)gone!)));

    /// <summary>Ends a call whose caller has gone. One that does not wait yet, because a write is on its way, is detached as soon as it would.</summary>
    private void Abandon(PendingCall call)
    {
        if (call.Cancel() && IsAlive && _steps.TryDetach(call))
            Pump();
    }

    private void EndWatch(Watch watch, CancellationToken cancellationToken)
    {
        _steps.EndWatch(watch);
        watch.Cancel(cancellationToken);
    }

    private void Stop()
    {
        _steps.EndWaits(_endDetail);
        End(Phase.Stopped, _endDetail);
    }

    internal void Quarantine(Exception exception)
    {
        if (!IsRunning)
            return;
        var reason = exception switch
        {
            StoreConflictException => QuarantineReason.Conflict,
            RecordFormatException => QuarantineReason.BadRecord,
            InvariantViolationException => QuarantineReason.Defect,
            _ => QuarantineReason.OutcomeUnknown,
        };
        End(Phase.Quarantined, exception.Message);
        Observer?.OnQuarantined(reason, exception);
    }

    /// <summary>The last thing it does: nobody is left without an answer, and no timer keeps it alive.</summary>
    private void End(Phase phase, string detail)
    {
        _phase = phase;
        _endDetail = detail;
        _timer.End();
        foreach (var call in _steps.End(detail).Concat(_inbox.TakeAll()))
            call.AnswerUnknown(detail);
        _stopRequest?.TrySetResult();
    }

    /// <summary>Does something on the coordinator's own scheduler, from wherever a clock or a caller may be.</summary>
    private void Post(Action action) =>
        _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);

    private void PostTimer() => Post(OnTimer);

    private void OnTimer()
    {
        _timer.Fired();

        // A pump that is at work sets the timer again when it ends.
        Pump();
    }
}
