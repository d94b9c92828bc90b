namespace LockGrains.Chaos;

/// <summary>One caller of a worker: acquires, uses the resource while it holds, releases; and does with that what callers do.</summary>
internal sealed class Contender(string worker, ILockClient locks, ResourceClient resource, HistoryWriter history, Random random)
{
    private readonly TurnDraw _draw = new(random);

    // With its handle: one that nothing refers to might be released, and then no lock-delay would follow.
    private readonly List<(HistoryLine Releasing, LockHandle Handle)> _forgotten = [];

    /// <summary>
    /// Says that what was forgotten is believed no more. To be called before the client is disposed, which lets go of all that it holds.
    /// </summary>
    public void GiveUpForgotten()
    {
        foreach (var (line, handle) in _forgotten)
        {
            history.Write(line);
            GC.KeepAlive(handle);
        }
    }

    public Task ContendAsync(string key, CancellationToken cancellationToken) => TakeTurnsAsync(draw => draw.Of(key), 100, 400, cancellationToken);

    public Task HoldLongAsync(CancellationToken cancellationToken) => TakeTurnsAsync(draw => draw.Slow(), 200, 1000, cancellationToken);

    public Task HoldBesideSessionsAsync(CancellationToken cancellationToken) => TakeTurnsAsync(draw => draw.BesideSessions(), 300, 1500, cancellationToken);

    public Task TryLightAsync(CancellationToken cancellationToken) => TakeTurnsAsync(draw => draw.Light(), 50, 250, cancellationToken);

    /// <summary>Uses a key once.</summary>
    public Task UseAsync(string key, CancellationToken cancellationToken) => RunAsync(_draw.Once(key), cancellationToken);

    /// <summary>Takes one turn after the other, with a pause of so many milliseconds between two.</summary>
    public async Task TakeTurnsAsync(Func<TurnDraw, Turn> draw, int pauseMin, int pauseMax, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await RunAsync(draw(_draw), cancellationToken);
            await PauseAsync(pauseMin, pauseMax, cancellationToken);
        }
    }

    private async Task RunAsync(Turn turn, CancellationToken cancellationToken)
    {
        var attempt = history.NextAttempt();
        history.Write(new HistoryLine { What = Happening.Asked, Attempt = attempt, Key = turn.Key, Share = turn.Share, Delay = Clock.Nanoseconds(turn.LockDelay) });
        try
        {
            var handle = await AcquireAsync(turn, attempt, cancellationToken);
            if (handle is null)
            {
                history.Write(new HistoryLine { What = Happening.Denied, Attempt = attempt, Key = turn.Key });
                return;
            }

            await UseAsync(new HeldLock(worker, turn, attempt, handle, resource, history), handle, turn, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            history.Write(new HistoryLine { What = Happening.Denied, Attempt = attempt, Key = turn.Key, Detail = "cancelled" });
        }
        catch (Exception exception)
        {
            history.Write(new HistoryLine { What = Happening.Failed, Attempt = attempt, Key = turn.Key, Detail = exception.GetType().Name });
            await PauseAsync(100, 500, cancellationToken);
        }
    }

    private async Task<LockHandle?> AcquireAsync(Turn turn, int attempt, CancellationToken cancellationToken)
    {
        var options = turn.ToOptions(worker) with { Progress = turn.TellsPlaces ? new Places(history, attempt, turn.Key) : null };
        if (turn.CancelsAfter is not { } patience)
            return await locks.TryAcquireAsync(turn.Key, turn.Wait, options, cancellationToken);
        using var impatient = new CancellationTokenSource(patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(impatient.Token, cancellationToken);
        return await locks.TryAcquireAsync(turn.Key, turn.Wait, options, either.Token);
    }

    // As "await using" does it: whatever happens, the handle is released, but for those that are forgotten on purpose.
    private async Task UseAsync(HeldLock held, LockHandle handle, Turn turn, CancellationToken cancellationToken)
    {
        held.TellGranted();
        try
        {
            await held.UseAsync(cancellationToken);
        }
        finally
        {
            if (turn.IsForgotten)
            {
                _forgotten.Add((held.Releasing, handle));
            }
            else
            {
                history.Write(held.Releasing);
                await handle.DisposeAsync();
            }
        }
    }

    private Task PauseAsync(int from, int to, CancellationToken cancellationToken) =>
        Clock.DelayAsync(TimeSpan.FromMilliseconds(random.Next(from, to + 1)), cancellationToken);

    /// <summary>Writes down the places that a waiter is told.</summary>
    private sealed class Places(HistoryWriter history, int attempt, string key) : IProgress<WaitProgress>
    {
        public void Report(WaitProgress value) =>
            history.Write(new HistoryLine { What = Happening.Placed, Attempt = attempt, Key = key, Place = value.Place });
    }
}
