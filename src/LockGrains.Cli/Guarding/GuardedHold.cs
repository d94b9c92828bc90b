using LockGrains.Cli.Children;
using LockGrains.Cli.Commands;
using LockGrains.Core;

namespace LockGrains.Cli.Guarding;

/// <summary>A command under its locks: tells the guard how long all of them are held, and waits until all has ended.</summary>
internal sealed class GuardedHold
{
    // A command that ends a moment before the last of its helpers is nothing to talk about.
    private static readonly TimeSpan LingerPatience = TimeSpan.FromSeconds(1);

    // A guard that does not even say that it has begun was stopped, or the machine has no time for it.
    private static readonly TimeSpan GuardPatience = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan ReportMin = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReportMax = TimeSpan.FromSeconds(1);

    private readonly LockGroup _locks;
    private readonly IGuard _guard;
    private readonly RunSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly HoldLimits _limits;
    private readonly TimeSpan _reportEvery;

    public GuardedHold(LockGroup locks, IGuard guard, RunSettings settings, TimeProvider timeProvider)
    {
        _locks = locks;
        _guard = guard;
        _settings = settings;
        _timeProvider = timeProvider;
        _limits = HoldLimits.Start(Posix.Now(), locks.Remaining, settings.HoldFor, settings.MaxHold);

        // What the guard knows is always a little old. Of a lease that is hardly longer than the grace, not much of it may be.
        var report = (locks.Remaining - settings.Grace - EndPlan.Margin) / 16;
        _reportEvery = report < ReportMin ? ReportMin : report > ReportMax ? ReportMax : report;
    }

    /// <summary>Whether the command's time by <c>--max-hold</c> was over when it was asked to end.</summary>
    public bool IsTooLong => Posix.Now() + _settings.Grace + EndPlan.Margin >= _limits.EndsAt;

    /// <summary>Whether the lock was still held, as far as anybody can know, when the last process had ended.</summary>
    public bool HasEndedInTime { get; private set; }

    private TimeSpan HeldUntil
    {
        get
        {
            var leaseEnd = Posix.Now() + _locks.Remaining;
            return leaseEnd < _limits.EndsAt ? leaseEnd : _limits.EndsAt;
        }
    }

    /// <summary>Starts the command.</summary>
    public void Start()
    {
        var handles = _locks.Handles.ToDictionary(static handle => handle.Key, StringComparer.Ordinal);
        _guard.Start([.. _settings.Keys.Select(key => HeldLock.Of(handles[key]))], HeldUntil);
    }

    /// <summary>Waits until the command and all that it started have ended.</summary>
    /// <param name="onLinger">Called when the command has ended, and something that it started has not.</param>
    public async Task KeepAsync(Action onLinger)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _locks.HandleLostToken.Register(static lost => ((TaskCompletionSource)lost!).TrySetResult(), lost);
        _ = NoticeLingerAsync(onLinger);
        while (!lost.Task.IsCompleted)
        {
            _guard.HeldUntil(HeldUntil);
            if (await EndsWithinAsync(Task.WhenAny(_guard.Ended, lost.Task), _reportEvery) && _guard.Ended.IsCompleted)
            {
                HasEndedInTime = !lost.Task.IsCompleted;
                return;
            }
        }

        await EndLostAsync();
    }

    /// <summary>Waits until the lock was held for <c>--hold-for</c>.</summary>
    /// <returns>False when that was interrupted.</returns>
    public async Task<bool> WaitForMinimumAsync(CancellationToken interrupted)
    {
        try
        {
            while (Posix.Now() is var now && !_limits.MayGiveBack(now))
            {
                var rest = _limits.FreeAt - now;
                await Task.Delay(rest < ReportMax ? rest : ReportMax, _timeProvider, interrupted);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task EndLostAsync()
    {
        // The grace beside the next holder is for a lock that was taken away. One that is over by the clock leaves none.
        var isRevoked = _locks.Handles.Select(static handle => handle.FindLoss()).All(static loss => loss is null or { End: EndReason.Revoked });
        if (isRevoked)
            _guard.Revoked();
        else
            _guard.HeldUntil(Posix.Now());
        if (!await EndsWithinAsync(_guard.Ended, isRevoked ? _settings.Grace + GuardPatience : GuardPatience))
        {
            // To have asked is not enough: a guard that was stopped after that ends nothing.
            if (!_guard.HasKilled)
                _guard.TakeOver();
            await _guard.Ended;
        }
    }

    private async Task NoticeLingerAsync(Action onLinger)
    {
        try
        {
            await _guard.Exited;
        }
        catch (Exception)
        {
            // It was never started, which is told elsewhere.
            return;
        }

        if (!await EndsWithinAsync(_guard.Ended, LingerPatience) && !_locks.HandleLostToken.IsCancellationRequested)
            onLinger();
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan time)
    {
        try
        {
            await task.WaitAsync(time, _timeProvider);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
