using Microsoft.Win32.SafeHandles;

namespace LockGrains.Cli.Children;

/// <summary>
/// Lends the terminal to the command's process group when the command needs it. Only then: the processes of a pipeline
/// (<c>lockgrains run … | less</c>) share our group, and moving the foreground away from it would stop them.
/// </summary>
internal sealed class ControllingTerminal : IDisposable
{
    private readonly SafeFileHandle _terminal;

    private ControllingTerminal(SafeFileHandle terminal) => _terminal = terminal;

    public bool IsLent { get; private set; }

    /// <summary>Opens the terminal of this session; null when there is none.</summary>
    public static ControllingTerminal? TryOpen()
    {
        try
        {
            return new ControllingTerminal(File.OpenHandle("/dev/tty", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Makes a group the terminal's foreground, if it is ours to give.</summary>
    /// <returns>False when another job has the terminal; the command then stays stopped, as any background job would.</returns>
    public bool TryLendTo(int group)
    {
        if (Posix.ForegroundGroup(_terminal) != Posix.OwnGroup())
        {
            return false;
        }

        IsLent = Posix.SetForegroundGroup(_terminal, group) == 0;
        return IsLent;
    }

    /// <summary>Takes the terminal back from a group, unless somebody else took it meanwhile.</summary>
    public unsafe void TakeBackFrom(int group)
    {
        if (!IsLent || Posix.ForegroundGroup(_terminal) != group)
        {
            return;
        }

        // We are in the background now, where the call would stop us; a blocked SIGTTOU lets it through.
        const int Block = 0;
        const int SetMask = 2;
        const int BlockOnMac = 1;
        const int SetMaskOnMac = 3;
        var signals = stackalloc byte[Posix.OpaqueSize];
        var old = stackalloc byte[Posix.OpaqueSize];
        _ = Posix.SignalSetEmpty(signals);
        _ = Posix.SignalSetAdd(signals, Posix.SigTtou);
        _ = Posix.ThreadSignalMask(OperatingSystem.IsMacOS() ? BlockOnMac : Block, signals, old);
        _ = Posix.SetForegroundGroup(_terminal, Posix.OwnGroup());
        _ = Posix.ThreadSignalMask(OperatingSystem.IsMacOS() ? SetMaskOnMac : SetMask, old, null);
        IsLent = false;
    }

    /// <inheritdoc/>
    public void Dispose() => _terminal.Dispose();
}
