namespace LockGrains.Cli.Children;

/// <summary>The promise of <c>run</c>: the command outlives neither its lock nor our notice of its loss.</summary>
internal static class GuardedChild
{
    // A command that ends a moment before the last of its helpers is nothing to talk about.
    private static readonly TimeSpan LingerNotice = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Waits until the command and its whole group have ended. When the lock is lost first, ends them: SIGTERM, and after the grace
    /// SIGKILL.
    /// </summary>
    /// <param name="child">The command.</param>
    /// <param name="grace">How long the command has to end by itself.</param>
    /// <param name="timeProvider">The clock of the grace.</param>
    /// <param name="tell">Tells the user a line.</param>
    /// <param name="lost">Cancelled when the lock is lost.</param>
    /// <returns>The command's exit code; null when the lock was lost and the command ended for it.</returns>
    public static async Task<int?> WaitAsync(
        IChild child,
        TimeSpan grace,
        TimeProvider timeProvider,
        Action<string> tell,
        CancellationToken lost)
    {
        var lockLost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lost.Register(lockLost.SetResult);
        var ended = EndedAsync(child, timeProvider, tell, lost);
        if (await Task.WhenAny(ended, lockLost.Task) == ended)
        {
            await ended;
            return await child.Exited;
        }

        tell($"the lock was lost; ending the command (SIGTERM, then SIGKILL after {DurationText.Format(grace)})");
        child.Terminate();
        if (!await EndsWithinAsync(child.Ended, grace, timeProvider))
        {
            tell($"the command did not end within {DurationText.Format(grace)}; killing it");
            child.Kill();
        }

        await child.Ended;
        return null;
    }

    private static async Task EndedAsync(IChild child, TimeProvider timeProvider, Action<string> tell, CancellationToken lost)
    {
        await child.Exited;
        if (!await EndsWithinAsync(child.Ended, LingerNotice, timeProvider) && !lost.IsCancellationRequested)
        {
            tell("the command has ended, but processes that it started have not; the lock is held until they end");
        }

        await child.Ended;
    }

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan time, TimeProvider timeProvider)
    {
        try
        {
            await task.WaitAsync(time, timeProvider);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
