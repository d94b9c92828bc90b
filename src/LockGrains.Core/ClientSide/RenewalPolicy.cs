namespace LockGrains.Core;

/// <summary>
/// How a client counts a lease: what it takes off for its clock and its reflexes, and how it repeats a renewal.
/// </summary>
public sealed record RenewalPolicy
{
    /// <summary>
    /// The longest validity that is counted; a longer one counts as this. Counting a lease too short is always safe, and no sum
    /// of times and no timer can overflow on a damaged reply.
    /// </summary>
    public static readonly TimeSpan ValidityMax = TimeSpan.FromDays(30);

    /// <summary>
    /// The least that is taken off when <see cref="SafetyMargin"/> is null: 50 ms, a timer's and a thread pool's lateness on a
    /// busy machine.
    /// </summary>
    public static readonly TimeSpan SafetyMarginDefaultMin = TimeSpan.FromMilliseconds(50);

    /// <summary>How much slower than the silo's this machine's clock may run, as a share of the time. Default 0.01.</summary>
    public double DriftRate { get; init; } = 0.01;

    /// <summary>
    /// How long before its end a lease is declared lost. Null (the default) for 1 % of the validity, at least 50 ms.
    /// </summary>
    public TimeSpan? SafetyMargin { get; init; }

    /// <summary>
    /// How much of the lease a holder needs to stop its work: with so much left it is at risk. Null (the default) for a third of what is
    /// left at each good reply.
    /// </summary>
    public TimeSpan? TimeToStop { get; init; }

    /// <summary>The longest that one renewal may take. Default 5 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The delays between renewals of unknown outcome. Default 50 ms to 2 s.</summary>
    public RetryBackoff Backoff { get; init; } = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2));

    /// <summary>
    /// How long a holder may rely on a validity, from the moment the request was sent: less the drift, less the margin. May be
    /// negative.
    /// </summary>
    /// <param name="validFor">The validity in the reply.</param>
    public TimeSpan GetGuaranteed(TimeSpan validFor)
    {
        var counted = validFor < ValidityMax ? validFor : ValidityMax;
        var margin = SafetyMargin ?? TimeSpan.FromTicks(Math.Max(SafetyMarginDefaultMin.Ticks, counted.Ticks / 100));
        return counted * (1 - DriftRate) - margin;
    }

    /// <summary>
    /// The most that a holder of such a lease may ask for to stop its work: three quarters of what is guaranteed. The rest is for a
    /// renewal, and for its repetition if it fails.
    /// </summary>
    /// <param name="validFor">The lease.</param>
    public TimeSpan GetTimeToStopMax(TimeSpan validFor) => GetGuaranteed(validFor) * 0.75;

    internal static void ThrowIfNotJitter(double jitter)
    {
        if (jitter is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(jitter), jitter, "A jitter must be at least 0 and less than 1.");
    }
}
