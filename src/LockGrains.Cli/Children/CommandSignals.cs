using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace LockGrains.Cli.Children;

/// <summary>
/// The signals that a command is sent through lockgrains: all that would end lockgrains, and can be caught, and are not the sign of a
/// defect of its own.
/// </summary>
internal static class CommandSignals
{
    /// <summary>The terminal's size has changed.</summary>
    public const int Winch = 28;

    private const int RealTimeFirst = 36;
    private const int RealTimeLast = 64;

    // HUP INT QUIT USR1 USR2 ALRM TERM STKFLT XCPU XFSZ VTALRM PROF IO PWR, and those that are for programs to use. The first of these
    // the C library keeps for itself, the next .NET.
    private static readonly int[] OfLinux =
        [1, 2, 3, 10, 12, 14, 15, 16, 24, 25, 26, 27, 29, 30, .. Enumerable.Range(RealTimeFirst, RealTimeLast - RealTimeFirst + 1)];

    // HUP INT QUIT ALRM TERM XCPU XFSZ VTALRM PROF USR1 USR2.
    private static readonly int[] OfMac = [1, 2, 3, 14, 15, 24, 25, 26, 27, 30, 31];

    /// <summary>Their numbers here.</summary>
    public static IReadOnlyList<int> All { get; } = OperatingSystem.IsWindows() ? [1, 2, 3, 15]
        : OperatingSystem.IsMacOS() ? OfMac : OfLinux;

    /// <summary>Handles each of them that is not ignored already, and a change of the terminal's size.</summary>
    /// <param name="onSignal">Told its number.</param>
    public static List<PosixSignalRegistration> Handle(Action<int> onSignal)
    {
        var registrations = new List<PosixSignalRegistration>();
        foreach (var number in OperatingSystem.IsWindows() ? All : [.. All, Winch])
        {
            // A handler would undo nohup: the command would no longer inherit that the signal is ignored.
            if (!OperatingSystem.IsWindows() && Posix.IsIgnored(number))
                continue;

            registrations.Add(PosixSignalRegistration.Create(Named(number), context =>
            {
                context.Cancel = true;
                onSignal(number);
            }));
        }

        return registrations;
    }

    /// <summary>Goes on through each of them, and through Ctrl+Z.</summary>
    [UnsupportedOSPlatform("windows")]
    public static List<PosixSignalRegistration> Ignore() =>
    [
        .. Handle(static _ => { }),
        PosixSignalRegistration.Create(PosixSignal.SIGTSTP, static context => context.Cancel = true),
    ];

    // .NET knows some by names of its own, which are the same everywhere, and takes the others by their numbers.
    private static PosixSignal Named(int number) => number switch
    {
        1 => PosixSignal.SIGHUP,
        2 => PosixSignal.SIGINT,
        3 => PosixSignal.SIGQUIT,
        15 => PosixSignal.SIGTERM,
        Winch when !OperatingSystem.IsWindows() => PosixSignal.SIGWINCH,
        _ => (PosixSignal)number,
    };
}
