namespace LockGrains.Core;

/// <summary>
/// How long a hold lasts whatever its owner does: not shorter than <see cref="HoldFor"/>, though it is released, and not longer than <see
/// cref="MaxHold"/>, though it could be renewed. Without clock or network; every time is a monotonic one, counted from any fixed moment.
/// </summary>
public sealed record HoldLimits
{
    /// <summary>The longest that either may be.</summary>
    public static readonly TimeSpan LongestMax = TimeSpan.FromDays(365);

    private HoldLimits()
    {
    }

    /// <summary>How long the lock is kept, counted from the grant, though its owner is done with it; 0 when it is given back at once.</summary>
    public TimeSpan HoldFor { get; private init; }

    /// <summary>How long the owner may hold the lock at most, counted from the grant; null when it may for as long as it renews it.</summary>
    public TimeSpan? MaxHold { get; private init; }

    /// <summary>When the lock may be given back.</summary>
    public TimeSpan FreeAt { get; private init; }

    /// <summary>When the owner must presume the lock lost though it is renewed; <see cref="TimeSpan.MaxValue"/> for never.</summary>
    public TimeSpan EndsAt { get; private init; }

    /// <summary>
    /// When the owner is at risk because of <see cref="EndsAt"/>: a third of a lease before, or of <see cref="MaxHold"/> where that is shorter.
    /// </summary>
    public TimeSpan WarnAt { get; private init; }

    /// <summary>The limits of a hold that was just granted.</summary>
    /// <param name="grantedAt">When its owner learned of it.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="holdFor">See <see cref="HoldFor"/>.</param>
    /// <param name="maxHold">See <see cref="MaxHold"/>.</param>
    /// <exception cref="ArgumentException">The limits contradict each other or are out of their range; see <see cref="FindProblem"/>.</exception>
    public static HoldLimits Start(TimeSpan grantedAt, TimeSpan lease, TimeSpan holdFor, TimeSpan? maxHold)
    {
        if (FindProblem(holdFor, maxHold, lease, renews: true) is { } problem)
            throw new ArgumentException(problem);

        var limits = new HoldLimits
        {
            HoldFor = holdFor,
            MaxHold = maxHold,
            FreeAt = grantedAt + holdFor,
            EndsAt = TimeSpan.MaxValue,
            WarnAt = TimeSpan.MaxValue,
        };
        if (maxHold is not { } max)
            return limits;

        var notice = (lease < max ? lease : max) / 3;
        return limits with { EndsAt = grantedAt + max, WarnAt = grantedAt + max - notice };
    }

    /// <summary>What is wrong with such limits, in a sentence that begins with the name of the one that is; null when they are right.</summary>
    /// <param name="holdFor">See <see cref="HoldFor"/>.</param>
    /// <param name="maxHold">See <see cref="MaxHold"/>.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="renews">Whether the lease is renewed.</param>
    public static string? FindProblem(TimeSpan holdFor, TimeSpan? maxHold, TimeSpan lease, bool renews)
    {
        if (holdFor < TimeSpan.Zero || holdFor > LongestMax)
            return $"{nameof(HoldFor)} is {DurationText.Format(holdFor)}; it must be 0 to {LongestMax.Days} days.";
        if (maxHold <= TimeSpan.Zero || maxHold > LongestMax)
            return $"{nameof(MaxHold)} is {DurationText.Format(maxHold.Value)}; it must be more than 0 and at most {LongestMax.Days} days.";
        if (holdFor > maxHold)
            return $"{nameof(HoldFor)} is {DurationText.Format(holdFor)} and {nameof(MaxHold)} is {DurationText.Format(maxHold.Value)}; a lock cannot be kept for longer than it may be held.";
        if (!renews && holdFor > lease)
            return $"{nameof(HoldFor)} is {DurationText.Format(holdFor)}; without renewals it must be at most the lease ({DurationText.Format(lease)}).";

        return null;
    }

    /// <summary>Whether a lock that its owner is done with is given back now, and not kept.</summary>
    /// <param name="now">The time.</param>
    public bool MayGiveBack(TimeSpan now) => now >= FreeAt;

    /// <summary>Whether the hold is over by <see cref="MaxHold"/>.</summary>
    /// <param name="now">The time.</param>
    public bool IsOver(TimeSpan now) => now >= EndsAt;
}
