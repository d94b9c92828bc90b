using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>
/// A child on Unix: the leader of a process group of its own, so that a signal reaches the command with all that it started, and
/// nothing of ours. Adopts the orphans of that group where the system allows it, and waits for them too.
/// </summary>
internal sealed class UnixChild : IChild
{
    // Only for members of the group whose end nobody tells us: those that still have a parent outside of it.
    private static readonly TimeSpan StragglerPoll = TimeSpan.FromMilliseconds(50);

    private readonly int _pid;
    private readonly TextWriter _error;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _reaped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _gone;

    private UnixChild(int pid, TextWriter error)
    {
        _pid = pid;
        _error = error;
        new Thread(ReapAll) { IsBackground = true, Name = "child" }.Start();
        Ended = WaitForStragglersAsync();
    }

    /// <inheritdoc/>
    public Task<int> Exited => _exited.Task;

    /// <inheritdoc/>
    public Task Ended { get; }

    public static UnixChild Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, TextWriter error)
    {
        if (Posix.IsIgnored(Posix.SigChld))
        {
            // Inherited from a parent that does not care how its children end; the kernel would throw the exit code away.
            Posix.RestoreDefault(Posix.SigChld);
        }

        _ = Posix.TryAdoptOrphans();
        return new UnixChild(UnixSpawn.Start(command, environment), error);
    }

    /// <inheritdoc/>
    public void Signal(int signal)
    {
        // Under the gate that reaping takes: a group id may be given to strangers once its last member was reaped.
        lock (_gate)
        {
            if (!_gone)
            {
                _ = Posix.Kill(-_pid, signal);
            }
        }
    }

    /// <inheritdoc/>
    public void Terminate()
    {
        Signal(Posix.SigTerm);
        Signal(Posix.SigCont);
    }

    /// <inheritdoc/>
    public void Kill() => Signal(Posix.SigKill);

    /// <summary>Blocks a thread of its own in the kernel until the leader, then every adopted member of the group, has ended.</summary>
    private void ReapAll()
    {
        using var terminal = ControllingTerminal.TryOpen();
        while (!_exited.Task.IsCompleted && WaitForChange(Posix.WaitForProcess))
        {
            ReapOne(_pid, terminal);
        }

        // Only reachable without an exit code if something else in this process reaped the leader.
        _exited.TrySetResult(ExitCode.Internal);
        while (WaitForChange(Posix.WaitForGroup))
        {
            ReapOne(-_pid, terminal);
        }

        terminal?.TakeBackFrom(_pid);
        _reaped.SetResult();
    }

    /// <summary>Waits until a child has ended or stopped, and leaves it to be reaped. False when there is no child left to wait for.</summary>
    private unsafe bool WaitForChange(int idType)
    {
        var info = stackalloc byte[Posix.OpaqueSize];
        int result;
        do
        {
            result = Posix.WaitId(idType, _pid, info, Posix.WaitExited | Posix.WaitStopped | Posix.WaitNoReap);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Posix.ErrorInterrupted);

        return result == 0;
    }

    private void ReapOne(int target, ControllingTerminal? terminal)
    {
        int pid;
        int status;
        lock (_gate)
        {
            pid = Posix.WaitPid(target, out status, Posix.NoHang | Posix.Untraced);
        }

        if (pid <= 0)
        {
            return;
        }

        if (Posix.IsStopped(status))
        {
            OnStopped(Posix.StopSignal(status), terminal);
        }
        else if (pid == _pid)
        {
            _exited.TrySetResult(Posix.ExitCodeOf(status));
        }
    }

    private void OnStopped(int signal, ControllingTerminal? terminal)
    {
        if (terminal is null)
        {
            return;
        }

        if (signal is Posix.SigTtin or Posix.SigTtou)
        {
            // The command wants the terminal, and runs in the background of it: our group has the foreground.
            if (terminal.TryLendTo(_pid))
            {
                Signal(Posix.SigCont);
            }
        }
        else if (signal == Posix.SigTstp && terminal.IsLent)
        {
            // Ctrl+Z in the command. The shell waits for us, not for it: left stopped, the terminal would hang with the lock held.
            _error.WriteLine("lockgrains: a command that holds a lock is not suspended; it goes on");
            Signal(Posix.SigCont);
        }
    }

    private async Task WaitForStragglersAsync()
    {
        await _reaped.Task;
        while (IsAlive())
        {
            await Task.Delay(StragglerPoll, TimeProvider.System);
        }
    }

    private bool IsAlive()
    {
        lock (_gate)
        {
            // A straggler whose parent ended meanwhile is our child now.
            while (Posix.WaitPid(-_pid, out _, Posix.NoHang) > 0)
            {
            }

            _gone = Posix.Kill(-_pid, 0) < 0 && Marshal.GetLastPInvokeError() == Posix.ErrorNoProcess;
            return !_gone;
        }
    }
}
