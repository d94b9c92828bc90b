using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// Carries out one hold: sends what <see cref="HoldProtocol"/> says, keeps its one alarm, and tells its owner. The rules are there.
/// <para>
/// One alarm does it all, and is all that a held lock costs while nothing happens. It rings on a thread that all locks of the process
/// share, so nothing of the program's is called from there: neither its log, nor its instruments, nor what listens to a token. It knows
/// its <see cref="LockHandle"/>s only weakly. When nothing refers to any of them, nobody can release the lock, so the renewals stop and
/// the lease runs out; the tokens live here, so whoever still watches one is told when it does. The alarm goes on while a renewal is on
/// its way, because that may hang for as long as it likes.
/// </para>
/// </summary>
internal sealed class LeaseKeeper
{
    private readonly Lock _gate = new();
    private readonly ClientRuntime _runtime;
    private readonly IRemoteLock _grain;
    private readonly Guid _leaseId;
    private readonly LeaseRelease _release;
    private readonly ClientStop _stop;
    private readonly HoldProtocol _hold;
    private readonly HandleTokens _tokens;
    private readonly ITimer _alarm;
    private HoldChanges? _changes;
    private LeakWatch.Look _look;

    public LeaseKeeper(ClientRuntime runtime, IRemoteLock grain, AcquireTerms terms, Grant grant, ClientStop stop)
    {
        // Not the terms themselves: their progress callback may refer to the handle, which must stay collectable.
        _runtime = runtime;
        _grain = grain;
        _leaseId = grant.LeaseId;
        _release = new LeaseRelease(runtime, grain, grant.LeaseId, terms.Lease, terms.KeptFor);
        _hold = new HoldProtocol(
            grant.Schedule, HoldLimits.Start(runtime.Now, terms.Lease, terms.HoldFor, terms.MaxHold), terms.Settings.Renews, terms.Session?.Protocol);
        _stop = stop;
        Facts = new HoldFacts(terms, grant);
        _tokens = new HandleTokens(runtime.Watch, OnCallbackThrew, terms.Holds);
        _alarm = runtime.Watch.CreateAlarm(static keeper => ((LeaseKeeper)keeper!).OnAlarm(), this);
    }

    /// <summary>What the silo has said of it.</summary>
    public HoldFacts Facts { get; }

    public string Key => Facts.Key;

    public string OwnerId => Facts.OwnerId;

    public long FencingToken => Facts.FencingToken;

    /// <summary>Its upgrades and downgrades, and the value that it sets. Most holds have none.</summary>
    public HoldChanges Changes => LazyInitializer.EnsureInitialized(ref _changes, () => new HoldChanges(_runtime, _grain, _leaseId, _release.Lease, this, _stop))!;

    /// <summary>What is cancelled when it is waited for, at risk, lost or over.</summary>
    public HandleTokens Tokens => _tokens;

    /// <summary>The handles by which the program holds it.</summary>
    public HoldShares Shares { get; } = new();

    public TimeSpan Remaining
    {
        get { lock (_gate) return _hold.GetRemaining(_runtime.Now); }
    }

    /// <summary>Completes when the release that has begun is over; at once where none has.</summary>
    public Task Releasing => _release.Begun;

    /// <summary>Its rules, which what is held under it reads.</summary>
    public HoldProtocol Protocol => _hold;

    private TimeSpan Window => Facts.IsSession ? TimeSpan.Zero : _runtime.Renewals.Window;

    // Before the deadline, where somebody has to be told of it and that may be difficult.
    private TimeSpan WarnAt => _hold.Deadline - _runtime.Watch.Notice;

    private TimeSpan LookAt => WarnAt + _runtime.Watch.PoolPatience;

    /// <summary>Begins to renew and to watch. Call once.</summary>
    public LockHandle Start()
    {
        var handle = LockHandle.OfGrant(this);
        _runtime.Metrics.OnHandleStarted();
        lock (_gate)
        {
            _look = _runtime.Leaks.Begin(_runtime.Now);
            SetAlarm();
        }

        return handle;
    }

    /// <summary>Whether the lock must be presumed lost by now. Not when it was released before.</summary>
    public bool IsLost
    {
        get
        {
            Do(static (hold, now) => hold.Expire(now));
            lock (_gate) return _hold.Phase == HoldPhase.Lost;
        }
    }

    /// <summary>
    /// Whether the lock must be presumed lost, or was released, by now; a late timer does not make it any later.
    /// </summary>
    public bool IsOver(out EndReason end)
    {
        Do(static (hold, now) => hold.Expire(now));
        lock (_gate)
        {
            end = _hold.End;
            return _hold.Phase != HoldPhase.Held;
        }
    }

    /// <exception cref="LockLostException">The hold is over.</exception>
    public void ThrowIfOver()
    {
        if (IsOver(out var end))
            throw new LockLostException(Key, FencingToken, end);
    }

    public ValueTask<bool> VerifyAsync(CancellationToken cancellationToken, EndReason presumed = EndReason.None) =>
        new LeaseVerification(_runtime, _grain, _leaseId, this).RunAsync(presumed, _tokens.Ended, cancellationToken);

    /// <summary>The silo said that the lock is not held.</summary>
    public void OnNotHeld(EndReason end)
    {
        Do((hold, now) => hold.OnNotHeld(end, now));
        if (end == EndReason.SessionEnded)
            Facts.Session?.OnSaidOver();
    }

    /// <summary>Its session is over, or about to be: by the clock, or by word (<see cref="HandleTokens.TellAtRisk"/>).</summary>
    public void OnSessionOver(bool isByClock) => Do(static (hold, _) => hold.OnSessionOver(), isByClock);

    /// <summary>
    /// Releases the lock. The token ends only the waiting: once begun, a release goes on until it is confirmed or beside the
    /// point.
    /// </summary>
    public async ValueTask<ReleaseOutcome> ReleaseAsync(CancellationToken cancellationToken)
    {
        ReleaseStart start;
        HoldDuties duties;
        lock (_gate)
        {
            (start, duties) = _hold.Release(_runtime.Now);
            if (start == ReleaseStart.Kept)
                SetAlarm();
        }

        CarryOut(duties);
        var wasHeld = start is ReleaseStart.First or ReleaseStart.Kept;
        if (wasHeld)
            _runtime.Metrics.OnHandleReleased();
        switch (start)
        {
            case ReleaseStart.Kept or ReleaseStart.StillKept:
                if (wasHeld)
                    _stop.Keepers.OnKept(this);
                return ReleaseOutcome.Kept;
            case ReleaseStart.NotHeld:
                return ReleaseOutcome.NotHeld;
            case ReleaseStart.PresumedLost:
                // Nobody needs to wait.
                _ = _release.Begin();
                return ReleaseOutcome.NotHeld;
        }

        var release = _release.RunAsync(wasHeld, () => _runtime.Logger.ReleaseGoesOn(Key, FencingToken), cancellationToken);
        if (wasHeld)
            Stop();
        return await release.ConfigureAwait(false);
    }

    /// <summary>The host begins to stop, or the session is at risk; see <see cref="HoldProtocol.OnStopping"/>.</summary>
    public void TellStopping(bool isByClock)
    {
        HoldDuties duties;
        lock (_gate) duties = _hold.OnStopping();
        if (duties != HoldDuties.None)
            _tokens.TellAtRisk(isByClock);
    }

    /// <summary>Leaves the lock to its lease; see <see cref="HoldProtocol.Leave"/>. Its owner is told when the lease ends, as ever.</summary>
    public void Leave() => Do(static (hold, _) => hold.Leave());

    /// <summary>Gives back a lock whose handle nobody was given.</summary>
    public void GiveBack()
    {
        HoldDuties duties;
        lock (_gate) duties = _hold.GiveBack();
        if (duties == HoldDuties.None)
            return;

        _runtime.Metrics.OnHandleReleased();
        _ = _release.Begin();
        Stop();
    }

    /// <summary>Its owner gets it only now: a risk that is past, because a renewal came after it, is nothing to warn of.</summary>
    public void HandOver()
    {
        lock (_gate)
        {
            if (!_hold.ForgetRisk(_runtime.Now))
                return;

            _tokens.ForgetRisk();
            SetAlarm();
        }
    }

    private void Do(Func<HoldProtocol, TimeSpan, HoldDuties> input, bool isByClock = true)
    {
        HoldDuties duties;
        lock (_gate) duties = input(_hold, _runtime.Now);
        CarryOut(duties, isByClock);
    }

    private void CarryOut(HoldDuties duties, bool isByClock = true)
    {
        if (duties == HoldDuties.None)
            return;

        if (duties.HasFlag(HoldDuties.TellAtRisk))
        {
            _tokens.TellAtRisk(isByClock: true);
            if (_hold.IsRenewable)
                _runtime.Watch.Run(() => _runtime.Logger.HandleAtRisk(Key, FencingToken, Remaining));
        }

        if (duties.HasFlag(HoldDuties.TellLost))
            _tokens.TellLost(isByClock && _hold.Loss != LossReason.NotHeld);
        if (duties.HasFlag(HoldDuties.Stop))
            Stop();
        if (duties.HasFlag(HoldDuties.Release))
            _runtime.Watch.Run(() => _ = _release.Begin());
        if (duties.HasFlag(HoldDuties.Renew))
            _runtime.Watch.Run(() => _ = RenewOnceAsync());
        if (duties.HasFlag(HoldDuties.Stop) && _hold.Phase == HoldPhase.Lost)
            NoteLossSoon(wasHeld: duties.HasFlag(HoldDuties.TellLost));
    }

    // By itself, so that what it closes over is made only when it is needed.
    private void NoteLossSoon(bool wasHeld) => _runtime.Watch.Run(() =>
    {
        // A thousand holds of one session are lost at once: the session's own loss is logged.
        if (_hold.Loss != LossReason.SessionOver)
            _runtime.Logger.HandleLost(Key, FencingToken, _hold.Loss, _hold.LossEnd);
        if (wasHeld)
            _runtime.Metrics.OnHandleLost(_hold.Loss);
    });

    private async Task RenewOnceAsync()
    {
        if (IsNeeded())
        {
            await RenewAsync().ConfigureAwait(false);
        }
        else
        {
            Do(static (hold, _) => hold.OnLeaked());
            _runtime.Logger.HandleLeaked(Key, FencingToken, OwnerId);
        }

        lock (_gate) SetAlarm();
    }

    /// <summary>
    /// Whether somebody can still release the lock, or has and left it to us. The handles are referred to no longer than this takes: a
    /// reference across an await would keep one alive.
    /// </summary>
    private bool IsNeeded()
    {
        bool isKept;
        lock (_gate) isKept = _hold.Phase == HoldPhase.Kept;

        // One renewal at a time, so nobody else is here.
        return isKept || _runtime.Leaks.IsReferredTo(Shares, ref _look, _runtime.Now);
    }

    /// <summary>Sends a renewal and waits for its answer as long as the schedule allows. Never fails.</summary>
    private async Task RenewAsync()
    {
        (TimeSpan Timeout, bool IsGathered) call;
        lock (_gate) call = _hold.BeginRenewal(_runtime.Now, Window);
        RenewReply? reply = null;
        Exception? problem = null;
        try
        {
            reply = await _runtime.CallAsync(
                () => _runtime.Renewals.RenewAsync(_grain, Key, _leaseId, call), call.Timeout, _tokens.Ended).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            problem = exception;
        }

        if (reply?.Status == RenewStatus.Renewed)
            OnRenewed(reply);
        else if (reply?.Status == RenewStatus.NotHeld)
            OnNotHeld(reply.End);
        else
            OnUnknown(reply?.Detail, problem);
    }

    private void OnRenewed(RenewReply reply)
    {
        TimeSpan slack;
        HoldDuties duties;
        bool isOver;
        lock (_gate)
        {
            var now = _runtime.Now;
            slack = _hold.Deadline - now;
            duties = _hold.OnRenewed(reply.ValidFor, now, _runtime.NextJitter());
            isOver = _hold.IsOver;
        }

        CarryOut(duties);
        if (isOver)
            return;

        _runtime.Metrics.OnRenewed(slack);
        Facts.OnRenewed(reply);
        if (reply.Waiters > 0)
            _tokens.TellWaitedFor();
    }

    private void OnUnknown(string? detail, Exception? problem)
    {
        HoldDuties duties;
        bool isOver;
        lock (_gate)
        {
            duties = _hold.OnRenewalUnknown(_runtime.Now, _runtime.NextJitter());
            isOver = _hold.IsOver;
        }

        CarryOut(duties);
        if (isOver)
            return;

        _runtime.Metrics.OnRenewalUnknown();
        _runtime.Logger.RenewalUnknown(Key, FencingToken, Remaining, detail, problem);
    }

    private void OnAlarm()
    {
        HoldDuties duties;
        var isNearlyLost = false;
        lock (_gate)
        {
            var now = _runtime.Now;
            duties = _hold.OnTime(now, Window);
            if (!_hold.IsOver)
            {
                isNearlyLost = _hold.Phase == HoldPhase.Held && now >= WarnAt && _tokens.IsLostWatched;
                if (isNearlyLost && now >= LookAt && _runtime.Watch.IsPoolStalled)
                    duties = (duties & HoldDuties.TellAtRisk) | _hold.PresumeLost();
            }

            SetAlarm();
        }

        if (isNearlyLost)
            _runtime.Watch.Warn();
        CarryOut(duties);
    }

    /// <summary>
    /// Sets the alarm of a hold that goes on to what comes next: what the hold says, or the warning before its deadline, or the look at the pool. In whole
    /// milliseconds, rounded up, since timers round down and would fire early.
    /// </summary>
    private void SetAlarm()
    {
        if (_hold.IsOver)
            return;

        var now = _runtime.Now;
        var next = _hold.GetDueAt(now, Window);
        next = now < WarnAt && WarnAt < next ? WarnAt : next;
        next = now < LookAt && LookAt < next ? LookAt : next;
        var delay = TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((next - now).TotalMilliseconds)));
        _alarm.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void Stop()
    {
        _alarm.Dispose();
        _tokens.TellEnded();
        _stop.Keepers.Remove(this);
        Facts.Session?.Holds.Remove(this);
    }

    private void OnCallbackThrew(Exception exception) => _runtime.Logger.CallbackThrew(Key, exception);
}
