namespace LockGrains.Core;

/// <summary>
/// How long a call is repeated until its reply is definite, and with which pauses. A cancel or a release is repeated for as long as anything
/// can be left of the request.
/// </summary>
/// <param name="backoff">The pauses.</param>
/// <param name="giveUpAt">When to give up.</param>
public sealed class Repetition(RetryBackoff backoff, TimeSpan giveUpAt)
{
    private int _failures;

    /// <summary>
    /// How long something can be left of a request whose outcome is unknown: its last copy on the way, its wait, its lease.
    /// </summary>
    /// <param name="messageLifetime">How long a message can be on its way.</param>
    /// <param name="slice">The longest wait of one call.</param>
    /// <param name="lease">The lease.</param>
    public static TimeSpan GetAftermath(TimeSpan messageLifetime, TimeSpan slice, TimeSpan lease) => messageLifetime + slice + lease;

    /// <summary>The call had no definite reply.</summary>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    /// <returns>How long to pause before the next call; null to give up.</returns>
    public TimeSpan? OnUnknown(TimeSpan now, double jitter)
    {
        var pause = backoff.After(++_failures, jitter);
        return now + pause >= giveUpAt ? null : pause;
    }
}
