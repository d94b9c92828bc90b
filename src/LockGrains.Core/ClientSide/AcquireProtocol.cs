namespace LockGrains.Core;

/// <summary>
/// The client's side of one acquire, from its first call to a grant, or to the certainty that nothing is left of it. No clock, network,
/// timer or thread: each input returns the next step.
/// <para>
/// A request id is made once and repeated with every call until the silo says that the request is over. So a repetition is never queued or
/// granted twice. If the acquire ends without a grant while the request may still wait or hold, the request is cancelled first. "Not
/// acquired" is said only after the silo has said so, or has confirmed the cancel.
/// </para>
/// </summary>
/// <param name="settings">What is asked for.</param>
/// <param name="makeLeaseId">Makes a random request id.</param>
/// <param name="startedAt">When the wait began, on the client's monotonic clock.</param>
public sealed class AcquireProtocol(AcquireSettings settings, Func<LeaseId> makeLeaseId, TimeSpan startedAt)
{
    /// <summary>The longest that a caller is kept for nothing but that its cancel is confirmed.</summary>
    public static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the heartbeats of a call that waits may have no usable reply before the call counts as without one: then short calls ask.
    /// </summary>
    /// <param name="beatPeriod">The time between two heartbeats.</param>
    public static TimeSpan GetBeatPatience(TimeSpan beatPeriod) => beatPeriod * 3;

    /// <summary>
    /// How long after a call was sent the first heartbeat names it. One that goes out sooner may come before the call, and would be told to call
    /// again.
    /// </summary>
    /// <param name="beatPeriod">The time between two heartbeats.</param>
    public static TimeSpan GetFirstBeatAfter(TimeSpan beatPeriod) => beatPeriod / 2;

    // Whether an earlier copy of this request may still be on its way.
    private bool _hadTrouble;
    private TimeSpan? _troubleSince;
    private TimeSpan? _repeatedSince;
    private TimeSpan _sentAt;

    // Until then the call that was sent last may be silent because it waits.
    private TimeSpan _waitsUntil;

    // Whether the silo has said that this request waits: then heartbeats can name it.
    private bool _isQueued;
    private AcquireStep _cancel;

    // Whether the wait is over when the cancel that is awaited has had its time, and not only the time for trouble.
    private bool _cancelEndsWait;
    private CancelReason _cancelReason;

    private enum CancelReason
    {
        WaitOver,
        GrantTooLate,
        RepeatedTooLong,
    }

    /// <summary>The id of the request; another one after each <see cref="AcquireAction.Cancel"/> that the acquire outlives.</summary>
    public LeaseId LeaseId { get; private set; } = makeLeaseId();

    /// <summary>Which request that is: 0 for the first, one more for each that the acquire had to begin anew.</summary>
    public int Request { get; private set; }

    /// <summary>The last known place in the queue; 0 when it never was in the queue.</summary>
    public int Place { get; private set; }

    /// <summary>How many calls in a row had no usable reply.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether the request may wait or hold.</summary>
    public bool MayBeLeft { get; private set; }

    /// <summary>The token of the last grant.</summary>
    public FencingToken Token { get; private set; }

    /// <summary>How the lease of the last grant is counted; null before there was one.</summary>
    public RenewalSchedule? Schedule { get; private set; }

    private bool WaitsForEver => settings.Wait == Timeout.InfiniteTimeSpan;

    /// <summary>When a caller whose wait ends has its reply, whatever the cluster does.</summary>
    private TimeSpan ReplyBy => startedAt + settings.Wait + settings.AttemptTimeout;

    /// <summary>The first step.</summary>
    /// <param name="now">The time.</param>
    public AcquireStep Start(TimeSpan now) => Send(now);

    /// <summary>The lock was granted. If the deadline passed before this reply came, one renewal can still save the grant.</summary>
    /// <param name="token">The fencing token.</param>
    /// <param name="validFor">How long the lease is good for, counted from when the call was sent.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public AcquireStep OnGranted(FencingToken token, TimeSpan validFor, TimeSpan now, double jitter)
    {
        Token = token;
        Schedule = RenewalSchedule.Start(settings.Policy, _sentAt, validFor, now, jitter);
        if (!settings.Renews || !(settings.ConfirmsLease || Schedule.IsLost(now)))
            return Accept(now, jitter);

        _sentAt = now;
        return new AcquireStep(AcquireAction.Confirm, Bound(settings.AttemptTimeout, now));
    }

    /// <summary>
    /// The renewal of a grant that nobody was told of was confirmed. Unlike a handle's, it may come after the deadline.
    /// </summary>
    /// <param name="validFor">How long the lease is good for, counted from when the renewal was sent.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public AcquireStep OnConfirmed(TimeSpan validFor, TimeSpan now, double jitter)
    {
        Schedule = RenewalSchedule.Start(settings.Policy, _sentAt, validFor, now, jitter);
        return Accept(now, jitter);
    }

    /// <summary>The renewal of a grant that nobody was told of was denied, or had no usable reply.</summary>
    /// <param name="wasToldNotHeld">Whether the silo said that the lock is not held; false when nobody said anything.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public AcquireStep OnNotConfirmed(bool wasToldNotHeld, TimeSpan now, double jitter)
    {
        if (wasToldNotHeld)
            Schedule = Schedule!.NotHeld();
        return Accept(now, jitter);
    }

    /// <summary>The request waits in the queue, and its call has ended.</summary>
    /// <param name="place">The place, 1 for the next in line.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public AcquireStep OnQueued(int place, TimeSpan now, double jitter)
    {
        _troubleSince = _repeatedSince = null;
        Failures = 0;
        OnPlace(place);
        _isQueued = true;

        // The next call begins at once. But a silo that replies long before the wait is over must not make us spin.
        var isEarly = now - _sentAt < settings.Policy.Backoff.Delay && now - _sentAt < (_waitsUntil - _sentAt) / 2;
        return Pause(isEarly ? settings.Policy.Backoff.After(1, jitter) : TimeSpan.Zero, now);
    }

    /// <summary>A heartbeat was answered: the request waits in its call.</summary>
    /// <param name="place">The place, 1 for the next in line; 0 when it is not durable yet.</param>
    public void OnPlace(int place) => Place = place > 0 ? place : Place;

    /// <summary>
    /// A heartbeat was answered: no call of this request waits. The reply was lost, or the key has moved. So the request is sent again, whatever
    /// became of it: a silo that has granted it says so again.
    /// </summary>
    /// <param name="now">The time.</param>
    public AcquireStep OnCallAgain(TimeSpan now)
    {
        _hadTrouble = true;
        return Continue(now);
    }

    /// <summary>The request was denied.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public AcquireStep OnDenied(DenyReason reason, TimeSpan now, double jitter)
    {
        // "Busy", "full" and "over the limit" are said of this one copy: an earlier one that was given up here may still arrive, and queue. Every
        // other denial is remembered by the silo and turns such a copy away.
        MayBeLeft = _hadTrouble && reason is DenyReason.Busy or DenyReason.QueueFull or DenyReason.Limit;
        switch (reason)
        {
            case DenyReason.Busy or DenyReason.TimedOut:
                return Settle(CancelReason.WaitOver, now, jitter);
            case DenyReason.QueueFull:
                return new AcquireStep(AcquireAction.QueueFull);
            case DenyReason.Ended:
                // The silo replies, so this is no trouble; but it must not become a spin either.
                StartOver();
                _troubleSince = null;
                return Pause(settings.Policy.Backoff.After(++Failures, jitter), now);
            case DenyReason.Invalid:
                return new AcquireStep(AcquireAction.Refused);
            case DenyReason.NotHeld:
                return new AcquireStep(AcquireAction.NotHeld);
            case DenyReason.Limit:
                return new AcquireStep(AcquireAction.OverLimit);
            case DenyReason.SessionEnded:
                return new AcquireStep(AcquireAction.SessionOver);
            default:
                throw new ArgumentOutOfRangeException(nameof(reason), reason, "There is no such reason.");
        }
    }

    /// <summary>There was no usable reply: the request may have arrived, so this is an unknown outcome and never a "no".</summary>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public AcquireStep OnUnknown(TimeSpan now, double jitter)
    {
        _troubleSince ??= now < _waitsUntil ? now : _waitsUntil;
        _repeatedSince ??= _troubleSince;
        _hadTrouble = true;
        Failures++;
        return now - _troubleSince >= settings.UnavailableTimeout
            ? new AcquireStep(AcquireAction.NoReply, now - _troubleSince.Value)
            : Pause(settings.Policy.Backoff.After(Failures, jitter), now);
    }

    /// <summary>The pause is over. One id is repeated through no more trouble than a silo is sure to remember it.</summary>
    /// <param name="now">The time.</param>
    public AcquireStep OnPaused(TimeSpan now)
    {
        if (now - _repeatedSince >= settings.RepeatMax)
        {
            var timeout = _troubleSince + settings.UnavailableTimeout - now ?? TimeSpan.Zero;
            var left = Left(now);
            _cancelEndsWait = left != Timeout.InfiniteTimeSpan && left <= timeout;
            if (_cancelEndsWait)
                timeout = left;
            if (timeout > TimeSpan.Zero)
                return Cancel(CancelReason.RepeatedTooLong, timeout);
        }

        return Continue(now);
    }

    /// <summary>The cancel of this request was awaited.</summary>
    /// <param name="progress">What became of it.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public AcquireStep OnCancel(CancelProgress progress, TimeSpan now, double jitter)
    {
        switch (_cancelReason)
        {
            case CancelReason.RepeatedTooLong when progress != CancelProgress.GoesOn:
                StartOver();
                return Continue(now);
            case CancelReason.RepeatedTooLong:
                return _cancelEndsWait
                    ? Settle(CancelReason.WaitOver, now, jitter)
                    : new AcquireStep(AcquireAction.NoReply, now - _troubleSince!.Value);
            case CancelReason.GrantTooLate when progress == CancelProgress.Confirmed:
                StartOver();
                return OnUnknown(now, jitter);
            case CancelReason.GrantTooLate:
                return new AcquireStep(AcquireAction.LateGrantNotReturned, _cancel.Time);
            default:
                return progress == CancelProgress.Confirmed
                    ? new AcquireStep(AcquireAction.NotAcquired)
                    : new AcquireStep(AcquireAction.EndNotConfirmed, _cancel.Time);
        }
    }

    /// <summary>The caller gives up, or the acquire has failed: what is to be done about the request, if anything.</summary>
    /// <param name="isAwaited">Whether the caller is kept for the confirmation.</param>
    public AcquireStep Abandon(bool isAwaited) => MayBeLeft
        ? Cancel(CancelReason.WaitOver, isAwaited ? CancelTimeout : TimeSpan.Zero)
        : new AcquireStep(AcquireAction.NotAcquired);

    private AcquireStep Send(TimeSpan now)
    {
        var left = Left(now);
        var beats = _isQueued && _troubleSince is null ? settings.BeatPeriod : null;
        var slice = beats is null ? GetSlice() : LockPolicy.BeatingSlice;
        var wait = left == Timeout.InfiniteTimeSpan || left > slice ? slice : left;
        (_sentAt, _waitsUntil, MayBeLeft) = (now, now + wait, true);
        return new AcquireStep(AcquireAction.Send, Bound(settings.AttemptTimeout + wait, now), left, slice, beats);
    }

    private AcquireStep Accept(TimeSpan now, double jitter)
    {
        if (Schedule!.IsLost(now))
            return Settle(CancelReason.GrantTooLate, now, jitter);

        MayBeLeft = false;
        return new AcquireStep(AcquireAction.Granted);
    }

    private AcquireStep Pause(TimeSpan delay, TimeSpan now)
    {
        var left = Left(now);
        if (left != Timeout.InfiniteTimeSpan && left < delay)
            delay = left;
        return delay > TimeSpan.Zero ? new AcquireStep(AcquireAction.Pause, delay) : OnPaused(now);
    }

    private AcquireStep Continue(TimeSpan now) => Left(now) == TimeSpan.Zero ? Settle(CancelReason.WaitOver, now, jitter: 0) : Send(now);

    /// <summary>Makes certain that nothing is left of this request, or says that this cannot be known.</summary>
    private AcquireStep Settle(CancelReason reason, TimeSpan now, double jitter)
    {
        if (!MayBeLeft)
        {
            _cancelReason = reason;
            return OnCancel(CancelProgress.Confirmed, now, jitter);
        }

        var timeout = WaitsForEver ? settings.UnavailableTimeout : ReplyBy - now;
        return Cancel(reason, timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero);
    }

    private AcquireStep Cancel(CancelReason reason, TimeSpan timeout)
    {
        _cancelReason = reason;
        return _cancel = new AcquireStep(AcquireAction.Cancel, timeout);
    }

    private void StartOver()
    {
        LeaseId = makeLeaseId();
        Request++;
        _repeatedSince = null;
        MayBeLeft = _hadTrouble = _isQueued = false;
    }

    private TimeSpan Left(TimeSpan now)
    {
        if (WaitsForEver)
            return settings.Wait;
        var left = settings.Wait - (now - startedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>
    /// Leaves time for a cancel before the caller must have its reply. Only that, confirmed, makes "not acquired" of a call that had no reply.
    /// </summary>
    private TimeSpan Bound(TimeSpan timeout, TimeSpan now)
    {
        if (WaitsForEver)
            return timeout;
        var half = settings.AttemptTimeout / 2;
        var left = ReplyBy - (half < CancelTimeout ? half : CancelTimeout) - now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < timeout ? left : timeout;
    }

    private TimeSpan GetSlice()
    {
        if (settings.ShowsPlace && !_isQueued)
            return settings.FirstSlice;

        // In trouble, a long wait would use up the time in which several calls fit.
        var third = settings.UnavailableTimeout / 3;
        return _troubleSince is not null && third < settings.Slice ? third : settings.Slice;
    }
}
