using System.Runtime.InteropServices;

namespace LockGrains.TestKit.Servers;

/// <summary>Sends signals to processes of a test.</summary>
public static class Signals
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Terminate = 15;

    public static int Stop { get; } = OperatingSystem.IsMacOS() ? 17 : 19;

    public static int Continue { get; } = OperatingSystem.IsMacOS() ? 19 : 18;

    /// <summary>Sends a signal to a process that must be there.</summary>
    /// <exception cref="InvalidOperationException">It did not reach the process.</exception>
    public static void Send(int processId, int signal)
    {
        if (!TrySend(processId, signal))
            throw new InvalidOperationException($"The signal {signal} did not reach process {processId}: error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>Sends a signal to a process that may have ended.</summary>
    public static bool TrySend(int processId, int signal) => Kill(processId, signal) == 0;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int processId, int signal);
}
