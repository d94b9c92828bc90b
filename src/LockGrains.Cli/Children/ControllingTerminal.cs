using Microsoft.Win32.SafeHandles;

namespace LockGrains.Cli.Children;

/// <summary>
/// Lends the terminal to the command's process group when the command needs it. Only then: the processes of a pipeline
/// (<c>lockgrains run … | less</c>) share the group of lockgrains, and moving the foreground away from it would stop them.
/// </summary>
internal sealed class ControllingTerminal : IDisposable
{
    private readonly SafeFileHandle _terminal;

    private readonly int _homeGroup;

    private ControllingTerminal(SafeFileHandle terminal, int homeGroup)
    {
        _terminal = terminal;
        _homeGroup = homeGroup;
    }

    public bool IsLent { get; private set; }

    /// <summary>Opens the terminal of this session; null when there is none.</summary>
    /// <param name="homeGroup">The process group that it is lent from and given back to.</param>
    public static ControllingTerminal? TryOpen(int homeGroup)
    {
        try
        {
            return new ControllingTerminal(File.OpenHandle("/dev/tty", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), homeGroup);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Makes a group the terminal's foreground, if it is the home group's to give.</summary>
    /// <returns>False when another job has the terminal; the command then stays stopped, as any background job would.</returns>
    public bool TryLendTo(int group)
    {
        if (Posix.ForegroundGroup(_terminal) != _homeGroup)
        {
            return false;
        }

        IsLent = Move(group);
        return IsLent;
    }

    /// <summary>Takes the terminal back from a group, unless somebody else took it meanwhile.</summary>
    public void TakeBackFrom(int group)
    {
        if (!IsLent || Posix.ForegroundGroup(_terminal) != group)
        {
            return;
        }

        _ = Move(_homeGroup);
        IsLent = false;
    }

    /// <inheritdoc/>
    public void Dispose() => _terminal.Dispose();

    private bool Move(int group)
    {
        using (new BlockedSignal(Posix.SigTtou)) return Posix.SetForegroundGroup(_terminal, group) == 0;
    }
}
