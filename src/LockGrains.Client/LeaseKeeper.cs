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
internal sealed class LeaseKeeper
{
    private readonly Lock _gate = new();
    private readonly ClientRuntime _runtime;
    private readonly ILockGrain _grain;
    private readonly Guid _leaseId;
    private readonly LeaseRelease _release;
    private readonly bool _renews;
    private readonly KeeperSet _keepers;
    private readonly HoldLimits _limits;
    private readonly HandleTokens _tokens;
    private readonly WeakReference<LockHandle?> _handle = new(null);
    private readonly ITimer _alarm;

    private RenewalSchedule _schedule;
    private LeakWatch.Look _look;
    private HoldPhase _phase;
    private bool _isAtRisk;
    private bool _isRenewing;
    private LeaseEnd _end;
    private bool _isEndConfirmed;
    private bool _isLeaked;
    private bool _isLeft;

    public LeaseKeeper(ClientRuntime runtime, ILockGrain grain, AcquireTerms terms, Grant grant, KeeperSet keepers)
    {
        // Not the terms themselves: their progress callback may refer to the handle, which must stay collectable.
        _runtime = runtime;
        _grain = grain;
        _leaseId = grant.LeaseId;
        _release = new LeaseRelease(runtime, grain, grant.LeaseId, terms.Lease);
        _renews = terms.Renews;
        _limits = HoldLimits.Start(runtime.Now, terms.Lease, terms.HoldFor, terms.MaxHold);
        _schedule = grant.Schedule.Within(_limits);
        _keepers = keepers;
        Key = terms.Key;
        OwnerId = terms.OwnerId;
        FencingToken = grant.FencingToken;
        _tokens = new HandleTokens(runtime.Watch, OnCallbackThrew);
        _alarm = runtime.Watch.CreateAlarm(static keeper => ((LeaseKeeper)keeper!).OnAlarm(), this);
    }

    public string Key { get; }

    public string OwnerId { get; }

    public long FencingToken { get; }

    public CancellationToken LostToken => _tokens.Lost;

    public CancellationToken AtRiskToken => _tokens.AtRisk;

    public TimeSpan Remaining
    {
        get { lock (_gate) return _phase == HoldPhase.Held ? _schedule.GetRemaining(_runtime.Now) : TimeSpan.Zero; }
    }

    private TimeSpan NextRenewalAt => _schedule.GetNextRenewalAt(_runtime.Renewals.Window);

    // Before the deadline, where somebody has to be told of it and that may be difficult.
    private TimeSpan WarnAt => _schedule.Deadline - _runtime.Watch.Notice;

    private TimeSpan LookAt => WarnAt + _runtime.Watch.PoolPatience;

    private bool MayRenew => _renews && !_isRenewing && !_isLeaked && !_isLeft;

    private bool IsEnded => _phase is HoldPhase.Lost or HoldPhase.Released;

    /// <summary>Begins to renew and to watch. Call once.</summary>
    public LockHandle Start()
    {
        var handle = new LockHandle(this);
        _handle.SetTarget(handle);
        _runtime.Metrics.OnHandleStarted();
        lock (_gate)
        {
            _look = _runtime.Leaks.Begin(_runtime.Now);
            SetAlarm();
        }

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
            return _phase != HoldPhase.Held;
        }
    }

    public ValueTask<bool> VerifyAsync(CancellationToken cancellationToken) =>
        new LeaseVerification(_runtime, _grain, _leaseId, this).RunAsync(_tokens.Ended, cancellationToken);

    /// <summary>The silo said that the lock is not held.</summary>
    public void OnNotHeld(LeaseEnd end) => Lose(end, isConfirmed: true, LossReason.NotHeld);

    /// <summary>
    /// Releases the lock. The token ends only the waiting: once begun, a release goes on until it is confirmed or beside the
    /// point.
    /// </summary>
    public async ValueTask<ReleaseOutcome> ReleaseAsync(CancellationToken cancellationToken)
    {
        ExpireIfDue();
        bool isFirst, isLost, isKept;
        lock (_gate)
        {
            if (_phase == HoldPhase.Kept) return ReleaseOutcome.Kept;

            if (_phase == HoldPhase.Lost && _isEndConfirmed) return ReleaseOutcome.NotHeld;

            isFirst = _phase == HoldPhase.Held;
            isKept = isFirst && !_limits.MayGiveBack(_runtime.Now);
            if (isFirst) (_phase, _end) = (isKept ? HoldPhase.Kept : HoldPhase.Released, LeaseEnd.Released);
            if (isKept) SetAlarm();
            isLost = _phase == HoldPhase.Lost;
        }

        if (isFirst) _runtime.Metrics.OnHandleReleased();
        if (isKept)
        {
            _keepers.OnKept(this);
            return ReleaseOutcome.Kept;
        }

        // Lost by our clock. The silo may think otherwise a moment longer, so tell it; but nobody needs to wait.
        if (isLost)
        {
            _ = _release.Begin();
            return ReleaseOutcome.NotHeld;
        }

        var release = _release.RunAsync(isFirst, () => _runtime.Logger.ReleaseGoesOn(Key, FencingToken), cancellationToken);
        if (isFirst) Stop();
        return await release.ConfigureAwait(false);
    }

    /// <summary>
    /// The host begins to stop: the owner is told early, by the risk. The lock is renewed as before, so that it protects the owner while it
    /// comes to its end.
    /// </summary>
    public void TellStopping()
    {
        lock (_gate)
        {
            if (_phase != HoldPhase.Held) return;

            _isAtRisk = true;
        }

        _tokens.TellAtRisk(isByClock: false);
    }

    /// <summary>
    /// Leaves the lock to its lease: nobody renews it any more. It is never released over the head of an owner that may still work under it;
    /// who does is told when the lease ends, as ever.
    /// </summary>
    public void Leave()
    {
        bool wasKept;
        lock (_gate)
        {
            _isLeft = true;
            wasKept = _phase == HoldPhase.Kept;
            if (wasKept) _phase = HoldPhase.Released;
        }

        if (wasKept) Stop();
    }

    /// <summary>Gives back a lock whose handle nobody was given.</summary>
    public void GiveBack()
    {
        lock (_gate)
        {
            if (IsEnded) return;

            (_phase, _end) = (HoldPhase.Released, LeaseEnd.Released);
        }

        _runtime.Metrics.OnHandleReleased();
        _ = _release.Begin();
        Stop();
    }

    private async Task RenewOnceAsync()
    {
        if (IsNeeded())
            await RenewAsync().ConfigureAwait(false);
        else
            OnLeaked();
        lock (_gate)
        {
            _isRenewing = false;
            if (!IsEnded) SetAlarm();
        }
    }

    private void OnLeaked()
    {
        lock (_gate) _isLeaked = true;
        _runtime.Logger.HandleLeaked(Key, FencingToken, OwnerId);
    }

    /// <summary>
    /// Whether somebody can still release the lock, or has and left it to us. The handle is referred to no longer than this takes: a
    /// reference across an await would keep it alive.
    /// </summary>
    private bool IsNeeded()
    {
        lock (_gate)
        {
            if (_phase == HoldPhase.Kept) return true;
        }

        // One renewal at a time, so nobody else is here.
        return _runtime.Leaks.IsReferredTo(_handle, ref _look, _runtime.Now);
    }

    private async Task RenewAsync()
    {
        var sentAt = _runtime.Now;
        RenewalSchedule schedule;
        lock (_gate) schedule = _schedule;
        var (reply, problem) = await new LeaseRenewal(_runtime, _grain, Key, _leaseId).SendAsync(schedule, sentAt, _tokens.Ended)
            .ConfigureAwait(false);

        ExpireIfDue();
        lock (_gate)
        {
            if (IsEnded) return;
        }

        switch (reply?.Status)
        {
            case RenewStatus.Renewed:
                OnRenewed(sentAt, reply.ValidFor);
                break;
            case RenewStatus.NotHeld:
                OnNotHeld(reply.End);
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
        bool isAtRisk, isNearlyLost, isToldEarly, renews, isFree;
        lock (_gate)
        {
            if (IsEnded) return;

            var now = _runtime.Now;
            var isHeld = _phase == HoldPhase.Held;
            isFree = !isHeld && _limits.MayGiveBack(now);
            if (isFree) _phase = HoldPhase.Released;
            isAtRisk = isHeld && !_isAtRisk && now >= _schedule.AtRiskAt;
            _isAtRisk |= isAtRisk;
            isNearlyLost = isHeld && _tokens.IsLostWatched && now >= WarnAt;
            isToldEarly = isHeld && _tokens.IsLostWatched && now >= LookAt && _runtime.Watch.IsPoolStalled;
            renews = !isFree && MayRenew && now >= NextRenewalAt;
            _isRenewing |= renews;
            if (!isFree) SetAlarm();
        }

        if (isFree)
        {
            Stop();
            _runtime.Watch.Run(() => _ = _release.Begin());
            return;
        }

        if (isAtRisk)
        {
            _tokens.TellAtRisk(isByClock: true);
            if (_renews && _schedule.Deadline < _limits.EndsAt) _runtime.Watch.Run(() => _runtime.Logger.HandleAtRisk(Key, FencingToken, Remaining));
        }

        if (isNearlyLost) _runtime.Watch.Warn();
        if (isToldEarly) LoseByClock();
        if (renews) _runtime.Watch.Run(() => _ = RenewOnceAsync());
    }

    /// <summary>
    /// Sets the alarm to what comes next: a renewal, the risk, the warning, its answer, the deadline, or the end of a lock that is kept. In
    /// whole milliseconds, rounded up, since timers round down and would fire early.
    /// </summary>
    private void SetAlarm()
    {
        var now = _runtime.Now;
        var next = now < WarnAt ? WarnAt : now < LookAt ? LookAt : _schedule.Deadline;
        if (now < _schedule.AtRiskAt && _schedule.AtRiskAt < next) next = _schedule.AtRiskAt;
        if (MayRenew && NextRenewalAt < next) next = NextRenewalAt;
        if (_phase == HoldPhase.Kept && _limits.FreeAt < next) next = _limits.FreeAt;
        var delay = TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((next - now).TotalMilliseconds)));
        _alarm.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void ExpireIfDue()
    {
        bool isDue;
        lock (_gate) isDue = !IsEnded && _schedule.IsLost(_runtime.Now);
        if (isDue) LoseByClock();
    }

    private void LoseByClock()
    {
        LossReason reason;
        lock (_gate)
        {
            reason = _limits.IsOver(_schedule.Deadline) ? LossReason.MaxHold
                : _isLeaked ? LossReason.Leaked
                : _isLeft ? LossReason.ClientStopped
                : LossReason.Deadline;
        }

        Lose(LeaseEnd.Expired, isConfirmed: false, reason);
    }

    private void Lose(LeaseEnd end, bool isConfirmed, LossReason reason)
    {
        bool wasHeld;
        lock (_gate)
        {
            if (IsEnded) return;

            wasHeld = _phase == HoldPhase.Held;
            (_phase, _isEndConfirmed) = (HoldPhase.Lost, isConfirmed);
            if (wasHeld) _end = end;
            _schedule = _schedule.NotHeld();
            _isAtRisk = true;
        }

        // Whoever released it and left it to us to keep has nothing to lose any more.
        if (wasHeld) _tokens.TellLost(isByClock: reason is not LossReason.NotHeld);
        Stop();
        _runtime.Watch.Run(() =>
        {
            _runtime.Logger.HandleLost(Key, FencingToken, reason, end);
            if (wasHeld) _runtime.Metrics.OnHandleLost(reason);
        });
    }

    private void Stop()
    {
        _alarm.Dispose();
        _tokens.TellEnded();
        _keepers.Remove(this);
    }

    private void OnCallbackThrew(Exception exception) => _runtime.Logger.CallbackThrew(Key, exception);
}
