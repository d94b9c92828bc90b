namespace LockGrains.Chaos;

/// <summary>The one clock of all histories: monotonic, in nanoseconds, the same for all processes of a machine.</summary>
internal static class Clock
{
    private static readonly long Offset = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - (Now / 1_000_000);

    public static long Now => TimeProvider.System.GetTimestamp() * (1_000_000_000 / TimeProvider.System.TimestampFrequency);

    /// <summary>The true wall clock at a time; it is read once.</summary>
    public static long ToUnixMilliseconds(long nanoseconds) => (nanoseconds / 1_000_000) + Offset;

    public static double Seconds(long nanoseconds) => nanoseconds / 1e9;

    public static long Nanoseconds(TimeSpan span) => span.Ticks * 100;

    public static Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) => Task.Delay(delay, TimeProvider.System, cancellationToken);
}
