namespace LockGrains.Core;

/// <summary>
/// A holder's view of its lease, without clock or network: when to renew, when to worry, and when the lease must be presumed
/// lost. Every time is a monotonic one, counted from any fixed moment; a random number is an argument.
/// <para>
/// The deadline counts from before the request was <b>sent</b>: the silo counts the same validity from the request's arrival,
/// which is later, so a holder always stops before the silo hands the lock on. A reply that comes after the deadline changes nothing:
/// somebody may have been told that the lock is lost, and what is lost stays lost. A renewal of unknown outcome neither extends
/// the lease nor ends it.
/// </para>
/// </summary>
public sealed record RenewalSchedule
{
    /// <summary>
    /// A renewal comes at most this share of its delay early, so that leases granted together are not renewed together.
    /// </summary>
    private const double EarlyMax = 0.1;

    /// <summary>A renewal comes earlier to go with others only if the window is at most this share of what lies between it and the risk.</summary>
    private const double WindowMax = 0.1;

    private readonly RenewalPolicy _policy;

    private RenewalSchedule(RenewalPolicy policy) => _policy = policy;

    /// <summary>From here on the lease must be presumed lost.</summary>
    public TimeSpan Deadline { get; private init; }

    /// <summary>
    /// From here on the holder is at risk: what is left is what it needs to stop its work (<see cref="RenewalPolicy.TimeToStop"/>), or a
    /// third of what was left at the last good reply.
    /// </summary>
    public TimeSpan AtRiskAt { get; private init; }

    /// <summary>When to send the next renewal; the deadline when none is worth sending any more.</summary>
    public TimeSpan NextRenewalAt { get; private init; }

    /// <summary>How many renewals in a row had an unknown outcome.</summary>
    public int Failures { get; private init; }

    private bool IsEnded { get; init; }

    // What no renewal goes beyond; the one that is set by a hold's own limits.
    private TimeSpan EndsAt { get; init; } = TimeSpan.MaxValue;

    private TimeSpan EndWarnAt { get; init; } = TimeSpan.MaxValue;

    // The lease lasts as long as the hold may: nothing is left to renew.
    private bool IsLast => Deadline >= EndsAt;

    /// <summary>The schedule of a lease that was just granted.</summary>
    /// <param name="policy">How to count.</param>
    /// <param name="sentAt">When the acquire that was granted was sent; not when its reply came.</param>
    /// <param name="validFor">The validity in the reply, counted from <paramref name="sentAt"/>.</param>
    /// <param name="now">When the reply came. The thirds count from here, because a wait in the queue may lie before.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public static RenewalSchedule Start(RenewalPolicy policy, TimeSpan sentAt, TimeSpan validFor, TimeSpan now, double jitter)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sentAt, now);
        RenewalPolicy.ThrowIfNotJitter(jitter);
        var deadline = sentAt + policy.GetGuaranteed(validFor);
        var left = deadline > now ? deadline - now : TimeSpan.Zero;
        var third = left / 3;
        var (safe, renewIn) = (third * 2, third);
        if (policy.TimeToStop is { } reserve)
        {
            // A renewal that fails leaves time for another one before the risk.
            safe = left > reserve ? left - reserve : TimeSpan.Zero;
            renewIn = third < safe / 2 ? third : safe / 2;
        }

        return new RenewalSchedule(policy)
        {
            Deadline = deadline,
            AtRiskAt = now + safe,
            NextRenewalAt = now + renewIn * (1 - EarlyMax * jitter),
        };
    }

    /// <summary>
    /// The same schedule for a hold that has limits: it is lost at the latest when they say so, at risk when they say so, and once its lease
    /// lasts until then no renewal is worth sending. What was renewed last runs out at the silo, at the latest one lease after that end.
    /// </summary>
    /// <param name="limits">The limits.</param>
    public RenewalSchedule Within(HoldLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var warnAt = _policy.TimeToStop is { } reserve && limits.MaxHold is not null ? limits.EndsAt - reserve : limits.WarnAt;
        return Bound(limits.EndsAt, warnAt);
    }

    /// <summary>Whether the lease must be presumed lost at this time.</summary>
    /// <param name="now">The time.</param>
    public bool IsLost(TimeSpan now) => IsEnded || now >= Deadline;

    /// <summary>How long the lease is still guaranteed; 0 when it is lost.</summary>
    /// <param name="now">The time.</param>
    public TimeSpan GetRemaining(TimeSpan now) => IsLost(now) ? TimeSpan.Zero : Deadline - now;

    /// <summary>
    /// The longest that a renewal sent now may take: half of what is left, so that one that hangs always leaves time for another,
    /// and never more than the policy's limit.
    /// </summary>
    /// <param name="now">The time.</param>
    public TimeSpan GetAttemptTimeout(TimeSpan now)
    {
        var half = GetRemaining(now) / 2;
        return half < _policy.AttemptTimeout ? half : _policy.AttemptTimeout;
    }

    /// <summary>
    /// When to send the next renewal if those that are due in the same window go together: at its beginning, which is never later than
    /// <see cref="NextRenewalAt"/>. What is repeated, or too short-lived for the window, does not wait for company and keeps its time.
    /// </summary>
    /// <param name="window">The window; 0 for none.</param>
    public TimeSpan GetNextRenewalAt(TimeSpan window) =>
        MayGather(window) ? new TimeSpan(NextRenewalAt.Ticks / window.Ticks * window.Ticks) : NextRenewalAt;

    /// <summary>Whether a renewal sent now may go together with others: the first try, and not so late that the lease is at risk.</summary>
    /// <param name="window">The window; 0 for none.</param>
    /// <param name="now">The time.</param>
    public bool IsGathered(TimeSpan window, TimeSpan now) => MayGather(window) && now < AtRiskAt;

    /// <summary>A renewal was confirmed. It counts only if the lease was not lost before the reply came.</summary>
    /// <param name="sentAt">When that renewal was sent.</param>
    /// <param name="validFor">The validity in the reply, counted from <paramref name="sentAt"/>.</param>
    /// <param name="now">When the reply came.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public RenewalSchedule Renewed(TimeSpan sentAt, TimeSpan validFor, TimeSpan now, double jitter) =>
        IsLost(now) ? NotHeld() : Start(_policy, sentAt, validFor, now, jitter).Bound(EndsAt, EndWarnAt);

    /// <summary>
    /// A renewal failed, timed out or was answered "unknown". Tries again after a delay, if that is before the deadline.
    /// </summary>
    /// <param name="now">When that became known.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public RenewalSchedule Unknown(TimeSpan now, double jitter)
    {
        if (IsLost(now))
            return NotHeld();
        if (IsLast)
            return this;

        var next = now + _policy.Backoff.After(Failures + 1, jitter);
        return this with { Failures = Failures + 1, NextRenewalAt = next < Deadline ? next : Deadline };
    }

    /// <summary>The silo said that the lease is over.</summary>
    public RenewalSchedule NotHeld() => this with { IsEnded = true };

    private RenewalSchedule Bound(TimeSpan endsAt, TimeSpan warnAt)
    {
        var bound = this with { EndsAt = endsAt, EndWarnAt = warnAt };
        if (bound.IsLast)
            return bound with { Deadline = endsAt, AtRiskAt = warnAt, NextRenewalAt = endsAt };

        return AtRiskAt < warnAt ? bound : bound with { AtRiskAt = warnAt };
    }

    private bool MayGather(TimeSpan window) =>
        window > TimeSpan.Zero && Failures == 0 && window <= (AtRiskAt - NextRenewalAt) * WindowMax;
}
