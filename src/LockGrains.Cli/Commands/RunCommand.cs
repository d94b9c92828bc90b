using System.Globalization;
using LockGrains.Cli.Children;
using LockGrains.Cli.Connecting;
using LockGrains.Cli.Waiting;

namespace LockGrains.Cli.Commands;

/// <summary>
/// <c>run</c>: acquire, start, wait, release, in that order and never otherwise. The lock is released only after the command and
/// all that it left in its group have ended.
/// </summary>
internal sealed class RunCommand
{
    // Longer than a failover takes. After it the lease runs out by itself, and the user has waited enough.
    private static readonly TimeSpan ReleaseWait = TimeSpan.FromSeconds(15);

    private readonly RunSettings _settings;
    private readonly CommandContext _context;

    public RunCommand(RunSettings settings, CommandContext context)
    {
        _settings = settings;
        _context = context;
    }

    /// <summary>Runs the command under the lock.</summary>
    /// <returns>The command's exit code, or one of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync()
    {
        using var signals = new SignalRelay(_context.Error);
        try
        {
            await using var connection = await _context.ConnectAsync(signals.Interrupted);
            await using var handle = await AcquireAsync(connection, signals.Interrupted);
            if (handle is null)
            {
                _context.Tell($"'{_settings.Key}' is held by another; not acquired");
                return ExitCode.NotAcquired;
            }

            return await RunUnderAsync(handle, signals);
        }
        catch (OperationCanceledException) when (signals.InterruptedBy != 0)
        {
            return signals.InterruptedExitCode;
        }
    }

    private async Task<LockHandle?> AcquireAsync(LockConnection connection, CancellationToken cancellationToken)
    {
        await using var display = WaitDisplay.Create(_context.Error, isTerminal: !Console.IsErrorRedirected);
        // A command is not easily undone, and the machine that starts it may be too busy to renew a first lease of seconds in time.
        var options = new AcquireOptions { Lease = _settings.Lease, OwnerId = _settings.Owner, Progress = display, ConfirmLease = true };
        return _settings.Wait == TimeSpan.Zero
            ? await connection.Client.TryAcquireAsync(_settings.Key, TimeSpan.Zero, options, cancellationToken)
            : await connection.Client.AcquireAsync(_settings.Key, _settings.Wait, options, cancellationToken);
    }

    private async Task<int> RunUnderAsync(LockHandle handle, SignalRelay signals)
    {
        var variables = new Dictionary<string, string>
        {
            [Child.KeyVariable] = _settings.Key,
            [Child.TokenVariable] = handle.FencingToken.ToString(CultureInfo.InvariantCulture),
        };
        handle.ThrowIfLost();
        if (!signals.TryAttach(() => Child.Start(_settings.Command, variables, _context.Error), out var child))
        {
            return signals.InterruptedExitCode;
        }

        var exitCode = await GuardedChild.WaitAsync(
            child,
            _settings.Grace,
            _context.TimeProvider,
            _context.Tell,
            handle.HandleLostToken);
        if (exitCode is { } ownExitCode)
        {
            return await ReleaseAsync(handle, ownExitCode);
        }

        // Says why, and becomes the exit code.
        handle.ThrowIfLost();
        return ExitCode.Lost;
    }

    private async Task<int> ReleaseAsync(LockHandle handle, int exitCode)
    {
        using var patience = new CancellationTokenSource(ReleaseWait, _context.TimeProvider);
        try
        {
            ReleaseOutcome outcome;
            do
            {
                // Each call waits a while for the one release that goes on in the background, and would end with this process.
                outcome = await handle.ReleaseAsync(patience.Token);
            }
            while (outcome == ReleaseOutcome.Unknown && !patience.IsCancellationRequested);

            if (outcome == ReleaseOutcome.NotHeld)
            {
                // The command is past ending, but whoever reads the exit code must not believe that it ran alone.
                _context.Tell($"the lock '{_settings.Key}' was lost before the command had ended");
                return ExitCode.Lost;
            }
        }
        catch (OperationCanceledException)
        {
            _context.Tell($"the release of '{_settings.Key}' was not confirmed; if it did not arrive, the lock is free when its lease ends");
        }

        return exitCode;
    }
}
