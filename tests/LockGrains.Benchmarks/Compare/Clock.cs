namespace LockGrains.Benchmarks;

/// <summary>The one clock of all measurements: monotonic, of this process.</summary>
internal static class Clock
{
    public static long Now => TimeProvider.System.GetTimestamp();

    public static TimeSpan Since(long start) => TimeProvider.System.GetElapsedTime(start);

    public static TimeSpan Between(long start, long end) => TimeProvider.System.GetElapsedTime(start, end);

    public static Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken = default) =>
        Task.Delay(delay, TimeProvider.System, cancellationToken);
}
