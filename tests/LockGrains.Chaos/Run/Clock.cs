namespace LockGrains.Chaos;

/// <summary>The one clock of all histories: monotonic, in nanoseconds, the same for all processes of a machine.</summary>
internal static class Clock
{
    public static long Now => TimeProvider.System.GetTimestamp() * (1_000_000_000 / TimeProvider.System.TimestampFrequency);

    public static double Seconds(long nanoseconds) => nanoseconds / 1e9;

    public static long Nanoseconds(TimeSpan span) => span.Ticks * 100;

    public static Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) => Task.Delay(delay, TimeProvider.System, cancellationToken);
}
