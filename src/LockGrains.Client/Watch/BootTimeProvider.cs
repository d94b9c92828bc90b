using System.Runtime.InteropServices;

namespace LockGrains;

/// <summary>
/// The system's time, but with a monotonic clock of Linux that goes on while the machine is suspended. By the usual one a holder that slept
/// through its lease would believe in it for as long again as it had left. Timers are the system's: they stand still in a suspend, and so
/// nothing may rely on them alone.
/// </summary>
internal sealed partial class BootTimeProvider : TimeProvider
{
    // The number of Linux, the same on all processors that .NET runs on.
    private const int ClockBootTime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private BootTimeProvider()
    {
    }

    /// <summary>The clock that leases go by where the program gives none: this one, or the system's where there is no such clock.</summary>
    public static TimeProvider Best { get; } = (TimeProvider?)TryCreate() ?? System;

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <summary>The clock to go by: the program's own, or the best of this system where it gave none or the system's.</summary>
    public static TimeProvider InPlaceOf(TimeProvider? given) => given is null || ReferenceEquals(given, System) ? Best : given;

    /// <summary>Makes one; null where the system has no such clock, or does not let this process read it.</summary>
    public static BootTimeProvider? TryCreate()
    {
        // Where a long has 32 bits there are two layouts of a time.
        if (!OperatingSystem.IsLinux() || nint.Size != sizeof(long))
            return null;

        try
        {
            return GetTime(ClockBootTime, out _) == 0 ? new BootTimeProvider() : null;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        // It cannot fail: it was read when this was made, and who could take it away would do so by ending the process.
        _ = GetTime(ClockBootTime, out var time);
        return (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;
    }

    // Read in the process itself, without a system call, in less time than it takes to tell the collector of a call.
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, out Time time);

    /// <summary><c>struct timespec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
