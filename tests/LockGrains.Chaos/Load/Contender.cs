namespace LockGrains.Chaos;

/// <summary>One caller of a worker: acquires, writes to the resource while it holds, releases; and does with that what callers do.</summary>
internal sealed class Contender(string worker, ILockClient locks, ResourceClient resource, HistoryWriter history, Random random)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<HistoryLine> _forgotten = [];

    /// <summary>
    /// Says that what was forgotten is believed no more. To be called before the client is disposed, which lets go of all that it holds.
    /// </summary>
    public void GiveUpForgotten()
    {
        foreach (var line in _forgotten)
            history.Write(line);
    }

    public async Task ContendAsync(string key, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var draw = random.NextDouble();
            await RunAsync(draw switch
            {
                < 0.04 => new Turn(key) { Wait = TimeSpan.Zero, HoldsFor = Milliseconds(5, 30) },
                < 0.08 => new Turn(key) { Wait = Milliseconds(20, 200), HoldsFor = Milliseconds(5, 30) },
                < 0.12 => new Turn(key) { Wait = Patience, CancelsAfter = Milliseconds(5, 150), HoldsFor = Milliseconds(5, 30) },
                < 0.16 => new Turn(key) { Wait = Patience, HoldsFor = Milliseconds(10, 40), Verifies = true },
                _ => new Turn(key) { Wait = Patience, HoldsFor = Milliseconds(15, 70) },
            }, cancellationToken);
            await PauseAsync(100, 400, cancellationToken);
        }
    }

    /// <summary>Uses a key once.</summary>
    public Task UseAsync(string key, CancellationToken cancellationToken) =>
        RunAsync(new Turn(key) { Wait = Patience, HoldsFor = Milliseconds(5, 30), Verifies = true }, cancellationToken);

    public async Task HoldLongAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var key = LoadKeys.Slow[random.Next(LoadKeys.Slow.Count)];
            var isForgotten = random.NextDouble() < 0.15;
            await RunAsync(
                new Turn(key)
                {
                    Wait = Patience,
                    HoldsFor = isForgotten ? TimeSpan.Zero : Milliseconds(1500, 6000),
                    Lease = TimeSpan.FromSeconds(2),
                    IsForgotten = isForgotten,
                    Renews = !isForgotten,
                    Verifies = true,
                },
                cancellationToken);
            await PauseAsync(200, 1000, cancellationToken);
        }
    }

    public async Task TryLightAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await RunAsync(
                new Turn(LoadKeys.Light(random)) { Wait = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(5), HoldsFor = Milliseconds(0, 40) },
                cancellationToken);
            await PauseAsync(50, 250, cancellationToken);
        }
    }

    private async Task RunAsync(Turn turn, CancellationToken cancellationToken)
    {
        var attempt = history.NextAttempt();
        history.Write(new HistoryLine { What = Happening.Asked, Attempt = attempt, Key = turn.Key });
        try
        {
            var handle = await AcquireAsync(turn, cancellationToken);
            if (handle is null)
            {
                history.Write(new HistoryLine { What = Happening.Denied, Attempt = attempt, Key = turn.Key });
                return;
            }

            history.Write(new HistoryLine { What = Happening.Granted, Attempt = attempt, Key = turn.Key, Token = handle.FencingToken, Until = Until(handle) });
            await UseAsync(turn, attempt, handle, cancellationToken);
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

    private async Task<LockHandle?> AcquireAsync(Turn turn, CancellationToken cancellationToken)
    {
        var options = new AcquireOptions { OwnerId = worker, Lease = turn.Lease, Renew = turn.Renews };
        if (turn.CancelsAfter is not { } patience)
            return await locks.TryAcquireAsync(turn.Key, turn.Wait, options, cancellationToken);
        using var impatient = new CancellationTokenSource(patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(impatient.Token, cancellationToken);
        return await locks.TryAcquireAsync(turn.Key, turn.Wait, options, either.Token);
    }

    // As "await using" does it: whatever happens, the handle is released, but for those that are forgotten on purpose.
    private async Task UseAsync(Turn turn, int attempt, LockHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            await HoldAsync(turn, attempt, handle, cancellationToken);
        }
        finally
        {
            var releasing = new HistoryLine { What = Happening.Releasing, Attempt = attempt, Key = turn.Key, Token = handle.FencingToken };
            if (turn.IsForgotten)
            {
                _forgotten.Add(releasing);
            }
            else
            {
                history.Write(releasing);
                await handle.DisposeAsync();
            }
        }
    }

    private async Task HoldAsync(Turn turn, int attempt, LockHandle handle, CancellationToken cancellationToken)
    {
        var (start, end) = (Clock.Now, Clock.Nanoseconds(turn.HoldsFor));
        do
        {
            if (!await WriteAsync(turn, attempt, handle, cancellationToken))
                return;
            var left = end - (Clock.Now - start);

            // In whole milliseconds: timers round down, and it would write again and again in the last one.
            if (left > 0)
                await Clock.DelayAsync(TimeSpan.FromMilliseconds(Math.Min(250, Math.Ceiling(left / 1e6))), cancellationToken);
        }
        while (Clock.Now - start < end);

        if (turn.IsForgotten)
            return;
        if (turn.Verifies)
        {
            var askedAt = Clock.Now;
            var isCurrent = await handle.VerifyAsync(cancellationToken);
            history.Write(new HistoryLine { What = Happening.Verified, Attempt = attempt, Key = turn.Key, Token = handle.FencingToken, Until = askedAt, IsYes = isCurrent });
        }

        history.Write(new HistoryLine { What = Happening.Releasing, Attempt = attempt, Key = turn.Key, Token = handle.FencingToken });
        var outcome = await handle.ReleaseAsync(cancellationToken);
        history.Write(new HistoryLine
        {
            What = Happening.Released,
            Attempt = attempt,
            Key = turn.Key,
            Token = handle.FencingToken,
            Detail = outcome == ReleaseOutcome.Released ? null : outcome.ToString(),
            IsYes = outcome is ReleaseOutcome.Released or ReleaseOutcome.AlreadyReleased,
        });
    }

    /// <summary>Writes as a holder must: looks whether it is lost, and then writes with the token, which the resource judges.</summary>
    private async Task<bool> WriteAsync(Turn turn, int attempt, LockHandle handle, CancellationToken cancellationToken)
    {
        var until = Until(handle);
        if (handle.HandleLostToken.IsCancellationRequested || handle.Remaining == TimeSpan.Zero)
        {
            history.Write(new HistoryLine { What = Happening.Lost, Attempt = attempt, Key = turn.Key, Token = handle.FencingToken });
            return false;
        }

        history.Write(new HistoryLine { What = Happening.Believed, Attempt = attempt, Key = turn.Key, Token = handle.FencingToken, Until = until });
        var isTaken = await resource.WriteAsync(turn.Key, handle.FencingToken, $"{worker}/{attempt}", cancellationToken);
        history.Write(new HistoryLine
        {
            What = Happening.Wrote,
            Attempt = attempt,
            Key = turn.Key,
            Token = handle.FencingToken,
            Detail = isTaken is null ? "unknown" : null,
            IsYes = isTaken == true,
        });
        return true;
    }

    // Taken before, so that a pause in between makes it too short, never too long.
    private static long Until(LockHandle handle)
    {
        var now = Clock.Now;
        return now + Clock.Nanoseconds(handle.Remaining);
    }

    private TimeSpan Milliseconds(int from, int to) => TimeSpan.FromMilliseconds(random.Next(from, to + 1));

    private Task PauseAsync(int from, int to, CancellationToken cancellationToken) => Clock.DelayAsync(Milliseconds(from, to), cancellationToken);

    /// <summary>What one acquire is to be.</summary>
    private sealed record Turn(string Key)
    {
        public required TimeSpan Wait { get; init; }

        public required TimeSpan HoldsFor { get; init; }

        public TimeSpan? CancelsAfter { get; init; }

        public TimeSpan? Lease { get; init; }

        public bool Renews { get; init; } = true;

        public bool Verifies { get; init; }

        /// <summary>Nobody releases it: its lease runs out.</summary>
        public bool IsForgotten { get; init; }
    }
}
