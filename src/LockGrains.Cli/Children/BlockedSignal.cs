namespace LockGrains.Cli.Children;

/// <summary>
/// Blocks a signal for the thread that makes it, until it is disposed there. With SIGTTOU blocked, a process in the background may write
/// to the terminal, or move its foreground, without being stopped.
/// </summary>
internal sealed unsafe class BlockedSignal : IDisposable
{
    private static readonly int Block = OperatingSystem.IsMacOS() ? 1 : 0;
    private static readonly int SetMask = OperatingSystem.IsMacOS() ? 3 : 2;

    private readonly byte[] _old = new byte[Posix.OpaqueSize];

    public BlockedSignal(int signal)
    {
        var signals = stackalloc byte[Posix.OpaqueSize];
        _ = Posix.SignalSetEmpty(signals);
        _ = Posix.SignalSetAdd(signals, signal);
        fixed (byte* old = _old) _ = Posix.ThreadSignalMask(Block, signals, old);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        fixed (byte* old = _old) _ = Posix.ThreadSignalMask(SetMask, old, null);
    }
}
