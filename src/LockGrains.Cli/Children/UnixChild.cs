using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>
/// A child on Unix: the leader of a process group of its own, so that a signal reaches the command with all that it started, and
/// nothing of ours. On Linux this process adopts every orphan of it, whatever group or session it went to, ends them all, and waits for
/// them all. Elsewhere what has left the group is out of reach.
/// </summary>
internal sealed class UnixChild : IChild
{
    // Where no orphans are adopted: for members of the group whose end nobody tells us.
    private static readonly TimeSpan StragglerPoll = TimeSpan.FromMilliseconds(50);

    private readonly int _pid;
    private readonly int _homeGroup;
    private readonly Action _onResumed;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isLeaderReaped;
    private bool _isKilling;

    private UnixChild(int pid, int homeGroup, Action onResumed)
    {
        _pid = pid;
        _homeGroup = homeGroup;
        _onResumed = onResumed;
        new Thread(ReapAll) { IsBackground = true, Name = "child" }.Start();
    }

    /// <inheritdoc/>
    public Task<int> Exited => _exited.Task;

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    /// <summary>Starts a command.</summary>
    /// <param name="command">The command and its arguments.</param>
    /// <param name="environment">Its environment, NAME=VALUE.</param>
    /// <param name="closed">Descriptors of ours that it must not have.</param>
    /// <param name="homeGroup">The process group that the terminal belongs to while the command does not need it.</param>
    /// <param name="onResumed">Called when the command was about to be suspended and was not.</param>
    /// <param name="error">0, or the number of the error, and no child.</param>
    public static UnixChild? Start(
        IReadOnlyList<byte[]> command,
        IReadOnlyList<byte[]> environment,
        IReadOnlyList<int> closed,
        int homeGroup,
        Action onResumed,
        out int error)
    {
        if (Posix.IsIgnored(Posix.SigChld))
        {
            // Inherited from a parent that does not care how its children end; the kernel would throw the exit code away.
            Posix.RestoreDefault(Posix.SigChld);
        }

        _ = Posix.TryAdoptOrphans();
        error = UnixSpawn.Start(command, environment, closed, out var pid);
        return error == 0 ? new UnixChild(pid, homeGroup, onResumed) : null;
    }

    /// <inheritdoc/>
    public void Signal(int signal)
    {
        // Under the gate that reaping takes: a group's number may be given to strangers once its last member was reaped.
        lock (_gate)
        {
            if (!_isLeaderReaped || !OperatingSystem.IsLinux())
            {
                if (!_ended.Task.IsCompleted)
                    _ = Posix.Kill(-_pid, signal);
                return;
            }
        }

        // What the command has left behind is all that there is to be ended by whoever wants to.
        ProcessTree.Signal(signal);
    }

    /// <inheritdoc/>
    public void Terminate()
    {
        SignalAll(Posix.SigTerm);
        SignalAll(Posix.SigCont);
    }

    /// <inheritdoc/>
    public void Kill()
    {
        lock (_gate)
        {
            if (_isKilling)
                return;

            _isKilling = true;
        }

        if (!OperatingSystem.IsLinux())
        {
            Signal(Posix.SigKill);
            return;
        }

        new Thread(KillAll) { IsBackground = true, Name = "killing" }.Start();
    }

    /// <summary>Again and again: whoever starts processes may do so between our look at the table and its end.</summary>
    private void KillAll()
    {
        do
        {
            ProcessTree.Signal(Posix.SigKill);
        }
        while (!_ended.Task.Wait(ProcessTree.Pause));
    }

    private void SignalAll(int signal)
    {
        if (OperatingSystem.IsLinux())
            ProcessTree.Signal(signal);
        else
            Signal(signal);
    }

    /// <summary>Blocks a thread of its own in the kernel until the command, and then every child that was adopted, has ended.</summary>
    private void ReapAll()
    {
        using var terminal = ControllingTerminal.TryOpen(_homeGroup);
        while (WaitForChange())
            ReapOne(terminal);

        // Only reachable without an exit code if something else in this process reaped the command.
        _exited.TrySetResult(ExitCode.Internal);
        while (!OperatingSystem.IsLinux() && IsGroupAlive())
            _ended.Task.Wait(StragglerPoll);

        terminal?.TakeBackFrom(_pid);
        _ended.SetResult();
    }

    /// <summary>
    /// Waits until a child has ended or stopped, and leaves it to be reaped. False when there is no child left: then, since every orphan
    /// below us becomes our child, there is no descendant left either.
    /// </summary>
    private static unsafe bool WaitForChange()
    {
        var info = stackalloc byte[Posix.OpaqueSize];
        int result;
        do
        {
            result = Posix.WaitId(Posix.WaitForAll, 0, info, Posix.WaitExited | Posix.WaitStopped | Posix.WaitNoReap);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Posix.ErrorInterrupted);

        return result == 0;
    }

    private void ReapOne(ControllingTerminal? terminal)
    {
        int pid;
        int status;
        lock (_gate)
        {
            pid = Posix.WaitPid(Posix.AnyChild, out status, Posix.NoHang | Posix.Untraced);
            if (pid == _pid && !Posix.IsStopped(status))
                _isLeaderReaped = true;
        }

        if (pid != _pid)
            return;

        if (Posix.IsStopped(status))
            OnStopped(Posix.StopSignal(status), terminal);
        else
            _exited.TrySetResult(Posix.ExitCodeOf(status));
    }

    private void OnStopped(int signal, ControllingTerminal? terminal)
    {
        if (terminal is null)
            return;

        if (signal is Posix.SigTtin or Posix.SigTtou)
        {
            // The command wants the terminal, and runs in the background of it: lockgrains' group has the foreground.
            if (terminal.TryLendTo(_pid))
                Signal(Posix.SigCont);
        }
        else if (signal == Posix.SigTstp && terminal.IsLent)
        {
            // Ctrl+Z in the command. The shell waits for lockgrains, not for it: left stopped, the terminal would hang with the lock held.
            _onResumed();
            Signal(Posix.SigCont);
        }
    }

    private bool IsGroupAlive()
    {
        lock (_gate) return Posix.Kill(-_pid, 0) == 0 || Marshal.GetLastPInvokeError() != Posix.ErrorNoProcess;
    }
}
