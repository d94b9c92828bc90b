using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>
/// What a signal to lockgrains means: while it waits for the lock, give up; while the command runs, pass it on and let the command
/// decide. Between the two, exactly one of them: <see cref="TryAttach"/> says which.
/// </summary>
internal sealed class SignalRelay : IDisposable
{
    private static readonly (PosixSignal Signal, int Number)[] Relayed =
    [
        (PosixSignal.SIGHUP, Posix.SigHup),
        (PosixSignal.SIGINT, Posix.SigInt),
        (PosixSignal.SIGQUIT, Posix.SigQuit),
        (PosixSignal.SIGTERM, Posix.SigTerm),
    ];

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _interrupted = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TextWriter _error;
    private IChild? _child;

    public SignalRelay(TextWriter error)
    {
        _error = error;
        foreach (var (signal, number) in Relayed)
        {
            // A handler would undo nohup: the command would no longer inherit that the signal is ignored.
            if (OperatingSystem.IsWindows() || !Posix.IsIgnored(number))
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    OnSignal(number);
                }));
            }
        }

        if (!OperatingSystem.IsWindows())
        {
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, OnSuspend));
        }
    }

    /// <summary>Cancelled by the first signal that came before the command was started.</summary>
    public CancellationToken Interrupted => _interrupted.Token;

    /// <summary>The number of that signal; 0 while none came.</summary>
    public int InterruptedBy { get; private set; }

    /// <summary>The exit code of a process that ended by that signal.</summary>
    public int InterruptedExitCode => ExitCode.SignalBase + InterruptedBy;

    /// <summary>From now on signals go to the child. False, and no child is started, when a signal came before.</summary>
    public bool TryAttach(Func<IChild> start, out IChild child)
    {
        // Started under the gate, so that no signal falls between "give up" and "pass on".
        lock (_gate)
        {
            child = InterruptedBy == 0 ? start() : null!;
            _child = child;
            return child is not null;
        }
    }

    /// <summary>Takes a signal as if the system had sent it.</summary>
    internal void OnSignal(int number)
    {
        lock (_gate)
        {
            if (_child is not null)
            {
                _child.Signal(number);
                return;
            }

            if (InterruptedBy != 0)
            {
                return;
            }

            InterruptedBy = number;
        }

        _interrupted.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _interrupted.Dispose();
    }

    private void OnSuspend(PosixSignalContext context)
    {
        lock (_gate)
        {
            if (_child is null)
            {
                return;
            }
        }

        // Stopped, we would not renew, and the command would go on without its lock.
        context.Cancel = true;
        _error.WriteLine("lockgrains: a command that holds a lock is not suspended; it goes on");
    }
}
