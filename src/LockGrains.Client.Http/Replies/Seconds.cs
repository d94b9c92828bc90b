namespace LockGrains;

/// <summary>Times as the API writes them: seconds, with a fraction.</summary>
internal static class Seconds
{
    // Three years, as the API itself bounds them, so that no sum overflows.
    private const double Max = 100_000_000;

    /// <summary>A time that is relied on; null where it is missing or none.</summary>
    public static TimeSpan? Find(double? seconds) => seconds is >= 0 and <= Max ? TimeSpan.FromSeconds(seconds.Value) : null;

    /// <summary>A time that is shown.</summary>
    public static TimeSpan Show(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Max));

    /// <summary>A time that is shown, or not.</summary>
    public static TimeSpan? Show(double? seconds) => seconds is { } some ? Show(some) : null;

    /// <summary>How long somebody waits: null for ever.</summary>
    public static double? OfWait(TimeSpan wait, TimeSpan passed) =>
        wait == Timeout.InfiniteTimeSpan ? null : Left(wait, passed).TotalSeconds;

    /// <summary>What is left of a time.</summary>
    public static TimeSpan Left(TimeSpan time, TimeSpan passed) => time > passed ? time - passed : TimeSpan.Zero;
}
