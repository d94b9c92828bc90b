using System.Diagnostics.CodeAnalysis;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// Keeps one granted lease: renews it, watches its deadline, and ends it, once, as released or as lost.
/// <para>
/// One alarm does it all, and is all that a held lock costs while nothing happens. It rings on a thread that all locks of the process
/// share, so nothing of the program's is called from there: neither its log, nor its instruments, nor what listens to a token. It knows
/// its <see cref="LockHandle"/> only weakly. A handle that nothing refers to any more cannot be released by anyone, so the renewals stop and
/// the lease runs out; the tokens live here, so whoever still watches one is told when it does. The alarm goes on while a renewal is on
/// its way, because that may hang for as long as it likes.
/// </para>
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer or a wait handle holds nothing.")]
internal sealed class LeaseKeeper
{
    private readonly Lock _gate = new();
    private readonly ClientRuntime _runtime;
    private readonly ILockGrain _grain;
    private readonly Guid _leaseId;
    private readonly TimeSpan _lease;
    private readonly bool _renews;
    private readonly Action<LeaseKeeper> _onEnded;
    private readonly WeakReference<LockHandle?> _handle = new(null);
    private readonly ITimer _alarm;

    // Made when somebody asks for the token: most locks are released before anybody does.
    private CancellationTokenSource? _lost;
    private CancellationTokenSource? _atRisk;
    private CancellationTokenSource? _stop;
    private RenewalSchedule _schedule;
    private Phase _phase;
    private bool _isAtRisk;
    private bool _isRenewing;
    private LeaseEnd _end;
    private bool _isEndConfirmed;
    private bool _isLeaked;
    private Task<Task<Answer<ReleaseReply>>>? _release;

    public LeaseKeeper(ClientRuntime runtime, ILockGrain grain, AcquireTerms terms, Grant grant, Action<LeaseKeeper> onEnded)
    {
        // Not the terms themselves: their progress callback may refer to the handle, which must stay collectable.
        _runtime = runtime;
        _grain = grain;
        _leaseId = grant.LeaseId;
        _lease = terms.Lease;
        _renews = terms.Renews;
        _schedule = grant.Schedule;
        _onEnded = onEnded;
        Key = terms.Key;
        OwnerId = terms.OwnerId;
        FencingToken = grant.FencingToken;
        _alarm = runtime.Watch.CreateAlarm(static keeper => ((LeaseKeeper)keeper!).OnAlarm(), this);
    }

    private enum Phase
    {
        Held,
        Lost,
        Released,
    }

    public string Key { get; }

    public string OwnerId { get; }

    public long FencingToken { get; }

    public CancellationToken LostToken
    {
        get { lock (_gate) return TokenOf(ref _lost, _phase == Phase.Lost); }
    }

    public CancellationToken AtRiskToken
    {
        get { lock (_gate) return TokenOf(ref _atRisk, _isAtRisk); }
    }

    public TimeSpan Remaining
    {
        get { lock (_gate) return _phase == Phase.Held ? _schedule.GetRemaining(_runtime.Now) : TimeSpan.Zero; }
    }

    private TimeSpan NextRenewalAt => _schedule.GetNextRenewalAt(_runtime.Renewals.Window);

    // Before the deadline, where somebody has to be told of it and that may be difficult.
    private TimeSpan WarnAt => _schedule.Deadline - _runtime.Watch.Notice;

    private TimeSpan LookAt => WarnAt + _runtime.Watch.PoolPatience;

    private bool MayRenew => _renews && !_isRenewing && !_isLeaked;

    private CancellationToken StopToken
    {
        get { lock (_gate) return TokenOf(ref _stop, _phase != Phase.Held); }
    }

    /// <summary>Begins to renew and to watch. Call once.</summary>
    public LockHandle Start()
    {
        var handle = new LockHandle(this);
        _handle.SetTarget(handle);
        _runtime.Metrics.OnHandleStarted();
        lock (_gate) SetAlarm();
        return handle;
    }

    /// <summary>
    /// Whether the lock must be presumed lost, or was released, by now; a late timer does not make it any later.
    /// </summary>
    public bool IsOver(out LeaseEnd end)
    {
        ExpireIfDue();
        lock (_gate)
        {
            end = _end;
            return _phase != Phase.Held;
        }
    }

    public async ValueTask<bool> VerifyAsync(CancellationToken cancellationToken)
    {
        if (IsOver(out _)) return false;

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, StopToken);
        Answer<VerifyReply> answer;
        try
        {
            answer = await _runtime.AskAsync(
                () => _grain.VerifyAsync(_leaseId, CancellationToken.None),
                static reply => reply.Status is VerifyStatus.Current or VerifyStatus.NotCurrent,
                _runtime.Options.UnavailableTimeout,
                ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (IsOver(out _)) return false;

            throw new OperationCanceledException(cancellationToken);
        }

        if (answer.Reply?.Status == VerifyStatus.NotCurrent) Lose(LeaseEnd.None, isConfirmed: true, LossReason.NotHeld);
        // A "yes" that took so long that the lease is over meanwhile is a "no".
        if (IsOver(out _)) return false;

        return answer.Reply is not null ? true : throw new LockUnavailableException(
            Key, $"Nobody could say whether the lock '{Key}' is current.", mayHaveTakenEffect: false, answer.Problem);
    }

    /// <summary>
    /// Releases the lock. The token ends only the waiting: once begun, a release goes on until it is confirmed or beside the
    /// point.
    /// </summary>
    public async ValueTask<ReleaseOutcome> ReleaseAsync(CancellationToken cancellationToken)
    {
        ExpireIfDue();
        bool isFirst, isLost;
        lock (_gate)
        {
            if (_phase == Phase.Lost && _isEndConfirmed) return ReleaseOutcome.NotHeld;

            isFirst = _phase == Phase.Held;
            if (isFirst) (_phase, _end) = (Phase.Released, LeaseEnd.Released);
            isLost = _phase == Phase.Lost;
        }

        var release = BeginRelease();
        // Lost by our clock. The silo may think otherwise a moment longer, so tell it; but nobody needs to wait.
        if (isLost) return ReleaseOutcome.NotHeld;

        if (isFirst)
        {
            _runtime.Metrics.OnHandleReleased();
            Stop();
        }

        try
        {
            var answer = await (await release.ConfigureAwait(false)).WaitAsync(_runtime.Options.AttemptTimeout, _runtime.Time, cancellationToken)
                .ConfigureAwait(false);
            return answer.Reply?.Status switch
            {
                ReleaseStatus.Released => isFirst ? ReleaseOutcome.Released : ReleaseOutcome.AlreadyReleased,
                ReleaseStatus.NotHeld => ReleaseOutcome.NotHeld,
                _ => ReleaseOutcome.Unknown,
            };
        }
        catch (TimeoutException)
        {
            _runtime.Logger.ReleaseGoesOn(Key, FencingToken);
            return ReleaseOutcome.Unknown;
        }
    }

    /// <summary>
    /// The client is being disposed: whoever uses the handle is told that the lock is lost, then it is released, in the
    /// background.
    /// </summary>
    public void Close()
    {
        Lose(LeaseEnd.Released, isConfirmed: false, LossReason.ClientDisposed);
        bool isConfirmed;
        lock (_gate) isConfirmed = _isEndConfirmed;
        if (!isConfirmed) BeginRelease();
    }

    private Task<Task<Answer<ReleaseReply>>> BeginRelease() =>
        PendingWork.BeginOnce(ref _release, static keeper => ((LeaseKeeper)keeper!).RepeatReleaseAsync(), this);

    private Task<Answer<ReleaseReply>> RepeatReleaseAsync() => _runtime.Pending.RepeatAsync(
        () => _grain.ReleaseAsync(_leaseId, CancellationToken.None),
        static reply => reply.Status is ReleaseStatus.Released or ReleaseStatus.NotHeld,
        _runtime.GetAftermath(_lease));

    private async Task RenewOnceAsync()
    {
        if (IsHandleAlive())
            await RenewAsync().ConfigureAwait(false);
        else
            OnLeaked();
        lock (_gate)
        {
            _isRenewing = false;
            if (_phase == Phase.Held) SetAlarm();
        }
    }

    private void OnLeaked()
    {
        lock (_gate) _isLeaked = true;
        _runtime.Logger.HandleLeaked(Key, FencingToken, OwnerId);
    }

    /// <summary>
    /// Here alone is the handle referred to, and no longer than this takes: a reference across an await would keep it alive.
    /// </summary>
    private bool IsHandleAlive() => _handle.TryGetTarget(out _);

    private async Task RenewAsync()
    {
        var sentAt = _runtime.Now;
        TimeSpan timeout;
        bool isGathered;
        lock (_gate)
        {
            timeout = _schedule.GetAttemptTimeout(sentAt);
            isGathered = _schedule.IsGathered(_runtime.Renewals.Window, sentAt);
        }

        RenewReply? reply = null;
        Exception? problem = null;
        try
        {
            reply = await _runtime.CallAsync(
                () => isGathered
                    ? _runtime.Renewals.RenewAsync(_grain, Key, _leaseId, timeout)
                    : _grain.RenewAsync(_leaseId, CancellationToken.None),
                timeout,
                StopToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            problem = exception;
        }

        if (IsOver(out _)) return;

        switch (reply?.Status)
        {
            case RenewStatus.Renewed:
                OnRenewed(sentAt, reply.ValidFor);
                break;
            case RenewStatus.NotHeld:
                Lose(reply.End, isConfirmed: true, LossReason.NotHeld);
                break;
            default:
                lock (_gate) _schedule = _schedule.Unknown(_runtime.Now, _runtime.NextJitter());
                _runtime.Metrics.OnRenewalUnknown();
                _runtime.Logger.RenewalUnknown(Key, FencingToken, Remaining, reply?.Detail, problem);
                break;
        }
    }

    private void OnRenewed(TimeSpan sentAt, TimeSpan validFor)
    {
        TimeSpan slack;
        lock (_gate)
        {
            var now = _runtime.Now;
            slack = _schedule.GetRemaining(now);
            _schedule = _schedule.Renewed(sentAt, validFor, now, _runtime.NextJitter());
        }

        _runtime.Metrics.OnRenewed(slack);
    }

    private void OnAlarm()
    {
        ExpireIfDue();
        bool isAtRisk, isNearlyLost, isToldEarly, renews;
        lock (_gate)
        {
            if (_phase != Phase.Held) return;

            var now = _runtime.Now;
            isAtRisk = !_isAtRisk && now >= _schedule.AtRiskAt;
            _isAtRisk |= isAtRisk;
            isNearlyLost = _lost is not null && now >= WarnAt;
            isToldEarly = _lost is not null && now >= LookAt && _runtime.Watch.IsPoolStalled;
            renews = MayRenew && now >= NextRenewalAt;
            _isRenewing |= renews;
            SetAlarm();
        }

        if (isAtRisk)
        {
            Signal(_atRisk, isByClock: true);
            if (_renews) _runtime.Watch.Run(() => _runtime.Logger.HandleAtRisk(Key, FencingToken, Remaining));
        }

        if (isNearlyLost) _runtime.Watch.Warn();
        if (isToldEarly) Lose(LeaseEnd.Expired, isConfirmed: false, LossReason.Deadline);
        if (renews) _runtime.Watch.Run(() => _ = RenewOnceAsync());
    }

    /// <summary>
    /// Sets the alarm to what comes next: a renewal, the risk, the warning, its answer or the deadline. In whole milliseconds, rounded up,
    /// since timers round down and would fire early.
    /// </summary>
    private void SetAlarm()
    {
        var now = _runtime.Now;
        var next = now < WarnAt ? WarnAt : now < LookAt ? LookAt : _schedule.Deadline;
        if (now < _schedule.AtRiskAt && _schedule.AtRiskAt < next) next = _schedule.AtRiskAt;
        if (MayRenew && NextRenewalAt < next) next = NextRenewalAt;
        var delay = TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((next - now).TotalMilliseconds)));
        _alarm.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void ExpireIfDue()
    {
        bool isDue;
        LossReason reason;
        lock (_gate)
        {
            isDue = _phase == Phase.Held && _schedule.IsLost(_runtime.Now);
            reason = _isLeaked ? LossReason.Leaked : LossReason.Deadline;
        }

        if (isDue) Lose(LeaseEnd.Expired, isConfirmed: false, reason);
    }

    private void Lose(LeaseEnd end, bool isConfirmed, LossReason reason)
    {
        lock (_gate)
        {
            if (_phase != Phase.Held) return;

            (_phase, _end, _isEndConfirmed) = (Phase.Lost, end, isConfirmed);
            _schedule = _schedule.NotHeld();
            _isAtRisk = true;
        }

        // By the clock: in time, whatever the pool does. By word of the silo or the program: whoever hears it from us finds them cancelled.
        var isByClock = reason is LossReason.Deadline or LossReason.Leaked;
        Signal(_atRisk, isByClock);
        Signal(_lost, isByClock);
        Stop();
        _runtime.Watch.Run(() =>
        {
            _runtime.Logger.HandleLost(Key, FencingToken, reason, end);
            _runtime.Metrics.OnHandleLost(reason);
        });
    }

    private void Stop()
    {
        _alarm.Dispose();
        Signal(_stop, isByClock: false);
        _onEnded(this);
    }

    private static CancellationToken TokenOf(ref CancellationTokenSource? source, bool isOver) =>
        source is null && isOver ? new CancellationToken(canceled: true) : (source ??= new CancellationTokenSource()).Token;

    private void Signal(CancellationTokenSource? source, bool isByClock)
    {
        if (source is null) return;

        if (isByClock) _runtime.Watch.Cancel(source, OnCallbackThrew);
        else source.CancelNow(OnCallbackThrew);
    }

    private void OnCallbackThrew(Exception exception) => _runtime.Logger.CallbackThrew(Key, exception);
}
