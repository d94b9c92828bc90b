namespace LockGrains.Core;

/// <summary>
/// The client's side of one hold, from the grant to its end: when to renew, what to tell the owner and when, what a release means. It has no
/// clock, network, timer or thread: each input returns what its caller has to do. A hold ends once, as released or as lost.
/// </summary>
public sealed class HoldProtocol
{
    private readonly HoldLimits _limits;
    private readonly bool _renews;
    private readonly HoldProtocol? _session;
    private RenewalSchedule _schedule;
    private TimeSpan _sentAt;
    private bool _isRenewing;

    // Whether the owner was told that it is at risk.
    private bool _isAtRisk;
    private bool _isLeaked;
    private bool _isLeft;

    /// <summary>A hold that was just granted.</summary>
    /// <param name="schedule">How its lease is counted.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="renews">Whether it is renewed.</param>
    /// <param name="session">
    /// The hold that is the session of this one; null for none. What is held under a session is lost with it, though its own lease goes on. It is only
    /// read here, and may get its own inputs meanwhile.
    /// </param>
    public HoldProtocol(RenewalSchedule schedule, HoldLimits limits, bool renews, HoldProtocol? session = null)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(limits);
        (_limits, _renews, _session, _schedule) = (limits, renews, session, schedule.Within(limits));
    }

    /// <summary>How it stands.</summary>
    public HoldPhase Phase { get; private set; }

    /// <summary>How it ended.</summary>
    public EndReason End { get; private set; }

    /// <summary>Why it was lost.</summary>
    public LossReason Loss { get; private set; }

    /// <summary>How it ended according to the silo, or to the clock, where it was lost; also of a lock that was only kept.</summary>
    public EndReason LossEnd { get; private set; }

    /// <summary>From here on it must be presumed lost by its own lease, whatever its session does.</summary>
    public TimeSpan Deadline => _schedule.Deadline;

    /// <summary>Whether nothing is left to do for it.</summary>
    public bool IsOver => Phase is HoldPhase.Lost or HoldPhase.Released;

    /// <summary>Whether a renewal could still save it from the risk that it is in.</summary>
    public bool IsRenewable => _renews && Deadline < _limits.EndsAt;

    private bool MayRenew => _renews && !_isRenewing && !_isLeaked && !_isLeft;

    private bool IsEndConfirmed => Loss == LossReason.NotHeld;

    /// <summary>How long the owner may still rely on it; 0 when it may not.</summary>
    /// <param name="now">The time.</param>
    public TimeSpan GetRemaining(TimeSpan now)
    {
        var own = Phase == HoldPhase.Held ? _schedule.GetRemaining(now) : TimeSpan.Zero;
        return _session?.GetRemaining(now) is { } left && left < own ? left : own;
    }

    /// <summary>When <see cref="OnTime"/> is due next: for a renewal, the risk, the deadline, or the end of a lock that is kept.</summary>
    /// <param name="now">The time.</param>
    /// <param name="window">Renewals that are due in the same window go together; 0 for none.</param>
    public TimeSpan GetDueAt(TimeSpan now, TimeSpan window)
    {
        var due = Deadline;
        if (now < _schedule.AtRiskAt && _schedule.AtRiskAt < due)
            due = _schedule.AtRiskAt;
        if (MayRenew && _schedule.GetNextRenewalAt(window) < due)
            due = _schedule.GetNextRenewalAt(window);
        return Phase == HoldPhase.Kept && _limits.FreeAt < due ? _limits.FreeAt : due;
    }

    /// <summary>Time has passed.</summary>
    /// <param name="now">The time.</param>
    /// <param name="window">As in <see cref="GetDueAt"/>.</param>
    public HoldDuties OnTime(TimeSpan now, TimeSpan window)
    {
        var duties = Expire(now);
        if (IsOver)
            return duties;

        if (Phase == HoldPhase.Kept && _limits.MayGiveBack(now))
        {
            Phase = HoldPhase.Released;
            return HoldDuties.Release | HoldDuties.Stop;
        }

        if (Phase == HoldPhase.Held && !_isAtRisk && now >= _schedule.AtRiskAt)
        {
            _isAtRisk = true;
            duties |= HoldDuties.TellAtRisk;
        }

        if (MayRenew && now >= _schedule.GetNextRenewalAt(window))
        {
            _isRenewing = true;
            duties |= HoldDuties.Renew;
        }

        return duties;
    }

    /// <summary>Ends it if its deadline has passed; a late timer does not make it any later.</summary>
    /// <param name="now">The time.</param>
    public HoldDuties Expire(TimeSpan now) => IsOver ? HoldDuties.None
        : _session?.GetRemaining(now) <= TimeSpan.Zero ? OnSessionOver()
        : _schedule.IsLost(now) ? PresumeLost() : HoldDuties.None;

    /// <summary>The session is over, or its owner is about to end it: from then on others may be granted the lock.</summary>
    public HoldDuties OnSessionOver() => IsOver ? HoldDuties.None : Lose(EndReason.SessionEnded, LossReason.SessionOver);

    /// <summary>Ends it as one that nobody confirms in time, though its deadline may be a moment away.</summary>
    public HoldDuties PresumeLost() => IsOver ? HoldDuties.None : Lose(
        EndReason.Expired,
        _limits.IsOver(Deadline) ? LossReason.MaxHold
            : _isLeaked ? LossReason.Leaked
            : _isLeft ? LossReason.ClientStopped
            : LossReason.Deadline);

    /// <summary>A renewal is sent now. From this moment the lease counts that its reply grants.</summary>
    /// <param name="now">The time.</param>
    /// <param name="window">As in <see cref="GetDueAt"/>.</param>
    /// <returns>How long it may take, and whether it may go together with others.</returns>
    public (TimeSpan Timeout, bool IsGathered) BeginRenewal(TimeSpan now, TimeSpan window)
    {
        _sentAt = now;
        return (_schedule.GetAttemptTimeout(now), _schedule.IsGathered(window, now));
    }

    /// <summary>The renewal was confirmed. It counts only if the lease was not lost before the reply came.</summary>
    /// <param name="validFor">The validity in the reply, counted from when the renewal was sent.</param>
    /// <param name="now">When the reply came.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public HoldDuties OnRenewed(TimeSpan validFor, TimeSpan now, double jitter)
    {
        var duties = EndRenewal(now);
        if (!IsOver)
            _schedule = _schedule.Renewed(_sentAt, validFor, now, jitter);
        return duties;
    }

    /// <summary>The renewal failed, timed out or was answered "unknown": it neither extends the lease nor ends it.</summary>
    /// <param name="now">When that became known.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public HoldDuties OnRenewalUnknown(TimeSpan now, double jitter)
    {
        var duties = EndRenewal(now);
        if (!IsOver)
            _schedule = _schedule.Unknown(now, jitter);
        return duties;
    }

    /// <summary>The silo said that the lock is not held under this lease.</summary>
    /// <param name="end">How it ended, where that is known.</param>
    /// <param name="now">When it said so. After the deadline it was lost before.</param>
    public HoldDuties OnNotHeld(EndReason end, TimeSpan now)
    {
        var duties = Expire(now);
        return IsOver ? duties : Lose(end, LossReason.NotHeld);
    }

    /// <summary>
    /// The program forgot its handle: nobody can release the lock any more, so it is not renewed any more. Under a session its lease is long, and so it is
    /// given back; whoever watches its tokens is told first.
    /// </summary>
    public HoldDuties OnLeaked()
    {
        (_isLeaked, _isRenewing) = (true, false);
        return _session is null || IsOver ? HoldDuties.None : Lose(EndReason.Released, LossReason.Leaked) | HoldDuties.Release;
    }

    /// <summary>The host begins to stop, or the session is at risk: the owner is told early, by the risk, and the lock is renewed as before.</summary>
    public HoldDuties OnStopping()
    {
        if (Phase != HoldPhase.Held)
            return HoldDuties.None;

        _isAtRisk = true;
        return HoldDuties.TellAtRisk;
    }

    /// <summary>Whoever is to own it gets it only now. A risk that is past is forgotten, and the next one is told.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Whether there is no risk at this time.</returns>
    public bool ForgetRisk(TimeSpan now)
    {
        if (Phase != HoldPhase.Held || now >= _schedule.AtRiskAt)
            return false;

        _isAtRisk = false;
        return true;
    }

    /// <summary>The owner is done with it. If its deadline has passed, it is lost first.</summary>
    /// <param name="now">The time.</param>
    public (ReleaseStart Start, HoldDuties Duties) Release(TimeSpan now)
    {
        var duties = Expire(now);
        switch (Phase)
        {
            case HoldPhase.Kept:
                return (ReleaseStart.StillKept, duties);
            case HoldPhase.Lost:
                return (IsEndConfirmed ? ReleaseStart.NotHeld : ReleaseStart.PresumedLost, duties);
            case HoldPhase.Released:
                return (ReleaseStart.Again, duties);
            default:
                var isKept = !_limits.MayGiveBack(now);
                (Phase, End) = (isKept ? HoldPhase.Kept : HoldPhase.Released, EndReason.Released);
                return (isKept ? ReleaseStart.Kept : ReleaseStart.First, duties);
        }
    }

    /// <summary>
    /// Leaves it to its lease: nobody renews it any more. It is never released over the head of an owner that may still work under it.
    /// </summary>
    public HoldDuties Leave()
    {
        _isLeft = true;
        if (Phase != HoldPhase.Kept)
            return HoldDuties.None;

        Phase = HoldPhase.Released;
        return HoldDuties.Stop;
    }

    /// <summary>Gives it back though nobody was given a handle.</summary>
    public HoldDuties GiveBack()
    {
        if (IsOver)
            return HoldDuties.None;

        (Phase, End) = (HoldPhase.Released, EndReason.Released);
        return HoldDuties.Release | HoldDuties.Stop;
    }

    private HoldDuties EndRenewal(TimeSpan now)
    {
        _isRenewing = false;
        return Expire(now);
    }

    private HoldDuties Lose(EndReason end, LossReason reason)
    {
        // An owner that released it and left it to us to keep has nothing to lose any more.
        var wasHeld = Phase == HoldPhase.Held;
        (Phase, Loss, LossEnd, _isAtRisk) = (HoldPhase.Lost, reason, end, true);
        if (wasHeld)
            End = end;
        _schedule = _schedule.NotHeld();
        return wasHeld ? HoldDuties.TellLost | HoldDuties.Stop : HoldDuties.Stop;
    }
}
