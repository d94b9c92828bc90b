namespace LockGrains.Core;

/// <summary>
/// How long to wait before a call is repeated: between <see cref="Delay"/> and a bound that doubles with every failure up to
/// <see cref="DelayMax"/>. The random part spreads callers that failed together; the floor keeps a lone caller from spinning.
/// </summary>
/// <param name="Delay">The shortest delay, and the base that doubles. More than 0.</param>
/// <param name="DelayMax">The longest delay. At least <paramref name="Delay"/>.</param>
public readonly record struct RetryBackoff(TimeSpan Delay, TimeSpan DelayMax)
{
    /// <summary>2^20 times any sensible delay is beyond any sensible maximum; more doublings would only overflow.</summary>
    private const int DoublingsMax = 20;

    /// <summary>The delay after so many failures in a row.</summary>
    /// <param name="failures">How many calls have failed in a row, at least 1.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public TimeSpan After(int failures, double jitter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        RenewalPolicy.ThrowIfNotJitter(jitter);
        var doublings = Math.Min(failures, DoublingsMax);
        var bound = Math.Min(Delay.TotalSeconds * (1L << doublings), DelayMax.TotalSeconds);
        return Delay + (TimeSpan.FromSeconds(bound) - Delay) * jitter;
    }
}
