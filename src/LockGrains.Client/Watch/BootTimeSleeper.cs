using System.Runtime.InteropServices;

namespace LockGrains;

/// <summary>
/// Sleeps on a timer of Linux that counts the time in which the machine is suspended: whoever is due by then is woken as soon as the
/// machine is.
/// </summary>
internal sealed partial class BootTimeSleeper : ISleeper
{
    // The numbers of Linux, the same on all processors that .NET runs on.
    private const int ClockBootTime = 7;
    private const int CloseOnExec = 0x8_0000;
    private const int ErrorInterrupted = 4;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly int _timer;

    private BootTimeSleeper(int timer) => _timer = timer;

    /// <summary>Makes one; null where the system has no such timer, or does not let this process have it.</summary>
    public static BootTimeSleeper? TryCreate()
    {
        // Where a long has 32 bits there are two layouts of a time.
        if (!OperatingSystem.IsLinux() || nint.Size != sizeof(long))
            return null;

        try
        {
            var timer = CreateTimer(ClockBootTime, CloseOnExec);
            return timer >= 0 ? new BootTimeSleeper(timer) : null;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    public void Sleep()
    {
        if (Read(_timer, out _, sizeof(ulong)) < 0 && Marshal.GetLastPInvokeError() is var error and not ErrorInterrupted)
            throw MakeBroken(error);
    }

    public void WakeIn(TimeSpan? delay)
    {
        // 0 would disarm it.
        var nanoseconds = delay is { } some ? Math.Max(1, some.Ticks * TimeSpan.NanosecondsPerTick) : 0;
        var setting = new Setting { Seconds = nanoseconds / NanosecondsPerSecond, Nanoseconds = nanoseconds % NanosecondsPerSecond };
        if (SetTimer(_timer, 0, in setting, 0) < 0)
            throw MakeBroken(Marshal.GetLastPInvokeError());
    }

    /// <summary>Better no process than one whose locks are lost and nobody tells it.</summary>
    private static InvalidOperationException MakeBroken(int error) =>
        new($"The timer of the LockGrains client does not work any more (error {error}): somebody has closed its file descriptor.");

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    private static partial int CreateTimer(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    private static partial int SetTimer(int timer, int flags, in Setting setting, nint former);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int timer, out ulong rings, nuint size);

    /// <summary><c>struct itimerspec</c>: every so long, and first after so long.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Setting
    {
        public long EverySeconds;
        public long EveryNanoseconds;
        public long Seconds;
        public long Nanoseconds;
    }
}
