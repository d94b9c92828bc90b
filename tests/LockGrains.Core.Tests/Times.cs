namespace LockGrains.Core.Tests;

/// <summary>Times as the stories tell them.</summary>
internal static class Times
{
    public static TimeSpan Forever => Timeout.InfiniteTimeSpan;

    public static TimeSpan Instant => TimeSpan.FromTicks(1);

    public static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    public static TimeSpan Sec(double seconds) => TimeSpan.FromSeconds(seconds);
}
