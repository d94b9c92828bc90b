using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>
/// What a signal to lockgrains means: while it waits for the lock, give up; while the command runs, pass it on and let the command
/// decide; after that, give up again. Between these, exactly one of them: <see cref="TryAttach"/> says which.
/// </summary>
internal sealed class SignalRelay : IDisposable
{
    /// <summary>What Ctrl+Z is answered with.</summary>
    public const string NotSuspended = "a command that holds a lock is not suspended; it goes on";

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _interrupted = new();
    private readonly List<PosixSignalRegistration> _registrations;
    private readonly Action<string> _tell;
    private Action<int>? _command;

    /// <summary>Takes the signals of this process from now on.</summary>
    /// <param name="tell">Tells the user a line. It must not block.</param>
    public SignalRelay(Action<string> tell)
    {
        _tell = tell;
        _registrations = CommandSignals.Handle(OnSignal);
        if (!OperatingSystem.IsWindows())
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, OnSuspend));
    }

    /// <summary>Cancelled by the first signal that came while no command ran.</summary>
    public CancellationToken Interrupted => _interrupted.Token;

    /// <summary>The number of that signal; 0 while none came.</summary>
    public int InterruptedBy { get; private set; }

    /// <summary>The exit code of a process that ended by that signal.</summary>
    public int InterruptedExitCode => ExitCode.SignalBase + InterruptedBy;

    /// <summary>From now on signals go to the command. False, and no command is started, when a signal came before.</summary>
    /// <param name="start">Starts the command.</param>
    /// <param name="command">Takes signals for it.</param>
    public bool TryAttach(Action start, Action<int> command)
    {
        // Started under the gate, so that no signal falls between "give up" and "pass on".
        lock (_gate)
        {
            if (InterruptedBy != 0)
                return false;

            start();
            _command = command;
            return true;
        }
    }

    /// <summary>The command has ended: a signal means us again.</summary>
    public void Detach()
    {
        lock (_gate) _command = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _interrupted.Dispose();
    }

    /// <summary>Takes a signal as if the system had sent it.</summary>
    internal void OnSignal(int number)
    {
        lock (_gate)
        {
            if (_command is not null)
            {
                _command(number);
                return;
            }

            if (InterruptedBy != 0 || number == CommandSignals.Winch)
                return;

            InterruptedBy = number;
        }

        _interrupted.Cancel();
    }

    private void OnSuspend(PosixSignalContext context)
    {
        lock (_gate)
        {
            if (_command is null)
                return;
        }

        // Stopped, we would not renew, and the command would go on without its lock.
        context.Cancel = true;
        _tell(NotSuspended);
    }
}
