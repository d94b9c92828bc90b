namespace LockGrains.Chaos;

/// <summary>A caller that opens one session after the other, holds several keys under each, and ends it by closing it; or the process dies before.</summary>
internal sealed class SessionCaller(string worker, ILockClient locks, ResourceClient resource, HistoryWriter history, Random random)
{
    private const int RoundsMax = 4;
    private const int MetadataMax = 1024;

    private static readonly TimeSpan BeliefPeriod = TimeSpan.FromMilliseconds(500);

    private readonly TurnDraw _draw = new(random);

    /// <summary>The lease of all sessions of the load. What is held under one has a lease of minutes, so only the end of the session frees it.</summary>
    public static TimeSpan Lease => Worker.Lease;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var attempt = history.NextAttempt();
            try
            {
                await LiveAsync(attempt, cancellationToken);
            }
            catch (Exception exception) when (exception is OperationCanceledException or LockSessionLostException or ObjectDisposedException)
            {
                // The session is over, or the process is.
            }
            catch (Exception exception)
            {
                history.Write(new HistoryLine { What = Happening.Failed, Attempt = attempt, Detail = exception.GetType().Name });
            }

            await PauseAsync(100, 600, cancellationToken);
        }
    }

    private async Task LiveAsync(int attempt, CancellationToken cancellationToken)
    {
        history.Write(new HistoryLine { What = Happening.Opening, Attempt = attempt });
        var session = await locks.OpenSessionAsync(DrawOptions(), cancellationToken);
        var line = new HistoryLine { Attempt = attempt, Session = session.Id, Token = session.FencingToken };
        history.Write(line with { What = Happening.Opened });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.LostToken);
        using var told = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
        var believing = BelieveAsync(session, line, told.Token);
        var unreleased = new List<HistoryLine>();
        try
        {
            for (var round = random.Next(1, RoundsMax + 1); round > 0; round--)
            {
                await HoldSomeAsync(session, isLast: round == 1, unreleased, end.Token);
                if (random.NextDouble() < 0.2)
                    await session.SetMetadataAsync(DrawMetadata(), end.Token);
            }
        }
        finally
        {
            await told.CancelAsync();
            await believing;

            // Disposing it frees all that is still held under it.
            unreleased.ForEach(history.Write);
            history.Write(line with { What = session.IsLost ? Happening.SessionLost : Happening.Closing });
            await session.DisposeAsync();
            foreach (var ended in unreleased)
                history.Write(ended with { What = Happening.Released });
        }
    }

    /// <summary>Tells again and again how long the session lives, and with it all that is held under it.</summary>
    private async Task BelieveAsync(LockSession session, HistoryLine line, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var now = Clock.Now;
            history.Write(line with { What = Happening.SessionBelieved, Until = now + Clock.Nanoseconds(session.Remaining) });
            await Clock.DelayAsync(BeliefPeriod, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Takes some keys, one after the other in one order, so that no two sessions wait for each other, and uses all of them at once.</summary>
    private async Task HoldSomeAsync(LockSession session, bool isLast, List<HistoryLine> unreleased, CancellationToken end)
    {
        var uses = new List<Task>();
        var done = new List<HistoryLine>();
        try
        {
            foreach (var key in _draw.KeysUnderSession())
            {
                // Some are left to the end of the session, which frees them.
                var turn = _draw.UnderSession(key) with { IsForgotten = isLast && random.NextDouble() < 0.5 };
                if (await AcquireAsync(session, turn, end) is not var (held, handle))
                    continue;
                unreleased.Add(held.Releasing);
                uses.Add(UseAsync(held, handle, turn, done, end));
            }
        }
        finally
        {
            await Task.WhenAll(uses).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (done)
                unreleased.RemoveAll(line => done.Exists(other => other.Attempt == line.Attempt));
        }

        await Task.WhenAll(uses);
    }

    private async Task<(HeldLock Held, LockHandle Handle)?> AcquireAsync(LockSession session, Turn turn, CancellationToken end)
    {
        var attempt = history.NextAttempt();
        var line = new HistoryLine { Attempt = attempt, Key = turn.Key };
        history.Write(line with { What = Happening.Asked, Share = turn.Share, Session = session.Id });
        try
        {
            if (await session.TryAcquireAsync(turn.Key, turn.Wait, turn.ToOptions(worker), end) is not { } handle)
            {
                history.Write(line with { What = Happening.Denied });
                return null;
            }

            var held = new HeldLock(worker, turn, attempt, handle, resource, history);
            held.TellGranted();
            return (held, handle);
        }
        catch (Exception exception) when (exception is OperationCanceledException or LockSessionLostException)
        {
            history.Write(line with { What = Happening.Denied, Detail = "session over" });
            throw;
        }
        catch (Exception exception)
        {
            history.Write(line with { What = Happening.Failed, Detail = exception.GetType().Name });
            return null;
        }
    }

    private async Task UseAsync(HeldLock held, LockHandle handle, Turn turn, List<HistoryLine> done, CancellationToken end)
    {
        try
        {
            await held.UseAsync(end);
        }
        finally
        {
            if (!turn.IsForgotten)
            {
                history.Write(held.Releasing);
                lock (done)
                    done.Add(held.Releasing);
                await handle.DisposeAsync();
            }
        }
    }

    private LockSessionOptions DrawOptions() => new()
    {
        OwnerId = worker,
        Lease = Lease,
        Metadata = random.NextDouble() < 0.5 ? DrawMetadata() : default,
    };

    private byte[] DrawMetadata()
    {
        var metadata = new byte[random.Next(MetadataMax + 1)];
        random.NextBytes(metadata);
        return metadata;
    }

    private async Task PauseAsync(int from, int to, CancellationToken cancellationToken) => await Clock
        .DelayAsync(TimeSpan.FromMilliseconds(random.Next(from, to + 1)), cancellationToken)
        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
