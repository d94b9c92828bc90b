using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>
/// The few calls of POSIX that .NET does not offer. Numbers are those of Linux and macOS; where the two differ, both are here.
/// </summary>
internal static partial class Posix
{
    /// <summary>Does nothing: only whether a signal could be sent is checked.</summary>
    public const int NoSignal = 0;

    public const int SigHup = 1;
    public const int SigInt = 2;
    public const int SigQuit = 3;
    public const int SigKill = 9;
    public const int SigPipe = 13;
    public const int SigTerm = 15;
    public const int SigTtin = 21;
    public const int SigTtou = 22;

    public const int ErrorNotFound = 2;
    public const int ErrorNoProcess = 3;
    public const int ErrorInterrupted = 4;
    public const int ErrorNotAProgram = 8;
    public const int ErrorNoChild = 10;

    public const int WaitForAll = 0;
    public const int AnyChild = -1;
    public const int NoHang = 1;
    public const int Untraced = 2;
    public const int WaitExited = 4;

    public static readonly int SigChld = OperatingSystem.IsMacOS() ? 20 : 17;
    public static readonly int SigCont = OperatingSystem.IsMacOS() ? 19 : 18;
    public static readonly int SigTstp = OperatingSystem.IsMacOS() ? 18 : 20;
    public static readonly int WaitStopped = OperatingSystem.IsMacOS() ? 8 : 2;
    public static readonly int WaitNoReap = OperatingSystem.IsMacOS() ? 0x20 : 0x0100_0000;

    public const short SpawnSetProcessGroup = 2;
    public const short SpawnSetDefaultSignals = 4;

    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;
    private const nint HandlerDefault = 0;
    private const nint HandlerIgnore = 1;
    private const int SetChildSubreaper = 36;

    /// <summary>Room for any of the opaque structures (sigset_t, sigaction, siginfo_t, posix_spawnattr_t) of any libc.</summary>
    public const int OpaqueSize = 1024;

    public static bool HasExited(int status) => (status & 0x7f) == 0;

    public static bool IsStopped(int status) => (status & 0xff) == 0x7f;

    public static int StopSignal(int status) => (status >> 8) & 0xff;

    /// <summary>The exit code that a shell would show for this status.</summary>
    public static int ExitCodeOf(int status) =>
        HasExited(status) ? (status >> 8) & 0xff : ExitCode.SignalBase + (status & 0x7f);

    /// <summary>Whether a signal is ignored, as <c>nohup</c> and a shell's background jobs leave it for the processes they start.</summary>
    public static unsafe bool IsIgnored(int signal)
    {
        // The handler is the first member of struct sigaction on Linux (x64, arm64) and macOS alike.
        var action = stackalloc byte[OpaqueSize];
        return SigAction(signal, null, action) == 0 && *(nint*)action == HandlerIgnore;
    }

    /// <summary>
    /// Whether one of the three standard streams is really there. Where a program was started with it closed, the runtime's own files
    /// take its number, and writing there would damage them. These, unlike what was inherited, are closed on exec.
    /// </summary>
    public static bool IsInherited(int descriptor) =>
        DescriptorFlags(descriptor, GetDescriptorFlags) is var flags && flags >= 0 && (flags & CloseOnExec) == 0;

    /// <summary>
    /// A time that all processes of the machine share, and that goes on while it is suspended where the system has such a clock.
    /// </summary>
    public static TimeSpan Now() => BootTimeProvider.Best.GetElapsedTime(0);

    public static void RestoreDefault(int signal) => _ = SetHandler(signal, HandlerDefault);

    /// <summary>Makes orphans among our descendants our children, so that their end can be waited for. Linux only; false elsewhere.</summary>
    public static bool TryAdoptOrphans() => OperatingSystem.IsLinux() && ProcessControl(SetChildSubreaper, 1, 0, 0, 0) == 0;

    // Without a third argument, so that the call is the same where those of "..." are passed in another way.
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int DescriptorFlags(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static unsafe partial int WaitId(int idType, int id, byte* info, int options);

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    public static unsafe partial int Spawn(out int pid, byte* file, byte* actions, byte* attributes, byte** argv, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static unsafe partial int SpawnAttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static unsafe partial int SpawnAttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static unsafe partial int SpawnAttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    public static unsafe partial int SpawnAttributesSetGroup(byte* attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static unsafe partial int SpawnAttributesSetDefaultSignals(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static unsafe partial int SpawnActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static unsafe partial int SpawnActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static unsafe partial int SpawnActionsDuplicate(byte* actions, int descriptor, int target);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclose")]
    public static unsafe partial int SpawnActionsClose(byte* actions, int descriptor);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static unsafe partial int SignalSetEmpty(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    public static unsafe partial int SignalSetAdd(byte* signals, int signal);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    public static unsafe partial int ThreadSignalMask(int how, byte* signals, byte* old);

    [LibraryImport("libc", EntryPoint = "tcgetpgrp", SetLastError = true)]
    public static partial int ForegroundGroup(SafeHandle terminal);

    [LibraryImport("libc", EntryPoint = "tcsetpgrp", SetLastError = true)]
    public static partial int SetForegroundGroup(SafeHandle terminal, int group);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    public static partial int OwnGroup();

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int Parent();

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    private static unsafe partial int SigAction(int signal, byte* action, byte* old);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
