using LockGrains.Cli.Children;
using LockGrains.Cli.Connecting;
using LockGrains.Cli.Guarding;
using LockGrains.Cli.Waiting;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary>
/// <c>run</c>: acquire, start, wait, release, in that order and never otherwise. The locks are released only after the command and
/// all that it started have ended, whatever goes wrong in between.
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
        using var signals = new SignalRelay(_context.Tell);
        try
        {
            // Started first, so that it is there when the lock comes.
            await using var guard = StartGuard();
            await using var connection = await _context.ConnectAsync(signals.Interrupted);
            TellIfNested();
            return await RunUnderAsync(await AcquireAsync(connection, signals.Interrupted), guard, signals);
        }
        catch (LockTimeoutException exception) when (_settings.Wait == TimeSpan.Zero)
        {
            _context.Tell($"'{exception.Key}' {DescribeBusy()}; not acquired");
            return ExitCode.NotAcquired;
        }
        catch (OperationCanceledException) when (signals.InterruptedBy != 0)
        {
            return signals.InterruptedExitCode;
        }
    }

    private string DescribeBusy() => _settings switch
    {
        { Permits: { } permits } => $"cannot give {HoldText.Count(permits, "permit")} now, or others wait",
        { Mode: LockMode.Shared } => "is held or waited for by another",
        _ => "is held by another",
    };

    private IGuard StartGuard() => OperatingSystem.IsWindows()
        ? new InProcessGuard(_settings)
        : GuardProcess.Start(_settings, () => _context.Tell(SignalRelay.NotSuspended));

    private void TellIfNested()
    {
        foreach (var key in (Environment.GetEnvironmentVariable(CommandVariables.Held) ?? "").Split('\n').Intersect(_settings.Keys, StringComparer.Ordinal))
        {
            var waits = _settings.Mode == LockMode.Exclusive ? "it waits for itself" : "it may wait for itself";
            _context.Tell($"this command runs under the lock '{key}' already; unless that is in another cluster, {waits}");
        }
    }

    private async Task<LockGroup> AcquireAsync(LockConnection connection, CancellationToken cancellationToken)
    {
        await using var display = WaitDisplay.Create(_context.Error, isTerminal: !Console.IsErrorRedirected, _context.TimeProvider);
        var options = new AcquireOptions
        {
            Lease = _settings.Lease,
            OwnerId = _settings.Owner ?? RunSettings.FindDefaultOwner(_settings.Command),
            Mode = _settings.Mode,
            Permits = _settings.Permits ?? 1,
            Limit = _settings.Limit,
            Value = _settings.Value is { } value ? LockValue.OfText(value) : null,
            Progress = display,

            // The lease is confirmed for it, too: the machine that starts a command may be too busy to renew a first lease of seconds.
            TimeToStop = _settings.TimeToStop,
            LockDelay = _settings.LockDelay,
        };
        var locks = await connection.Client.AcquireAllAsync(_settings.Keys, _settings.Wait, options, cancellationToken);
        display.EndHeld(_settings.Locks);
        return locks;
    }

    private async Task<int> RunUnderAsync(LockGroup locks, IGuard guard, SignalRelay signals)
    {
        var hold = new GuardedHold(locks, guard, _settings, _context.TimeProvider);
        if (locks.AtRiskToken.IsCancellationRequested)
        {
            await ReleaseAsync(locks);
            throw new CliException(
                ExitCode.Unavailable, $"the lease of {_settings.Locks} could not be extended, so the command was not started");
        }

        if (!signals.TryAttach(hold.Start, guard.Signal))
        {
            await ReleaseAsync(locks);
            return signals.InterruptedExitCode;
        }

        try
        {
            await hold.KeepAsync(LingerNotice);
        }
        catch
        {
            // Whatever it was: what runs ends first, and then the lock.
            await guard.DisposeAsync();
            await ReleaseAsync(locks);
            throw;
        }

        signals.Detach();
        return await EndAsync(locks, hold, guard, signals);
    }

    private void LingerNotice() =>
        _context.Tell("the command has ended, but processes that it started have not; the lock is held until they end");

    private async Task<int> EndAsync(LockGroup locks, GuardedHold hold, IGuard guard, SignalRelay signals)
    {
        if (guard.HasAsked)
        {
            // Lost: says why, and becomes the exit code. Nothing runs any more under the others.
            if (locks.Handles.Select(static handle => handle.FindLoss()).FirstOrDefault(static loss => loss is not null) is { } loss)
            {
                if (locks.Handles.Count > 1)
                    await ReleaseAsync(locks);
                throw loss;
            }

            var isTooLong = hold.IsTooLong;
            _context.Tell(isTooLong
                ? $"the command was ended: it had held the lock for --max-hold {DurationText.Format(_settings.MaxHold!.Value)}"
                : "the command was ended: the lock could not be renewed in time");
            await ReleaseAsync(locks);
            return isTooLong ? ExitCode.HeldTooLong : ExitCode.Lost;
        }

        int exitCode;
        try
        {
            exitCode = await guard.Exited;
        }
        catch (CliException)
        {
            await ReleaseAsync(locks);
            throw;
        }

        if (!await hold.WaitForMinimumAsync(signals.Interrupted))
        {
            _context.Tell($"ended before --hold-for was over: the lock {_settings.Locks} is free when its lease ends");
            return exitCode;
        }

        if (await ReleaseAsync(locks) != ReleaseOutcome.NotHeld || hold.HasEndedInTime)
            return exitCode;

        // The command is past ending, but whoever reads the exit code must not believe that it ran alone.
        _context.Tell($"the lock {_settings.Locks} was lost before the command had ended");
        return ExitCode.Lost;
    }

    private async Task<ReleaseOutcome> ReleaseAsync(LockGroup locks)
    {
        using var patience = new CancellationTokenSource(ReleaseWait, _context.TimeProvider);
        try
        {
            ReleaseOutcome outcome;
            do
            {
                // Each call waits a while for the one release that goes on in the background, and would end with this process.
                outcome = await locks.ReleaseAsync(patience.Token);
            }
            while (outcome == ReleaseOutcome.Unknown && !patience.IsCancellationRequested);

            return outcome;
        }
        catch (OperationCanceledException)
        {
            _context.Tell($"the release of {_settings.Locks} was not confirmed; if it did not arrive, the lock is free when its lease ends");
            return ReleaseOutcome.Unknown;
        }
    }
}
