namespace LockGrains.Benchmarks;

/// <summary>
/// Readers and one writer of one key. Each reader takes it, lets it go at once, and comes again; the writer comes again after a pause. All are
/// made to wait behind a first writer, so that they begin together.
/// </summary>
internal sealed class ReadMostlyLoad(ReaderWriterSubject subject, string key, int readers)
{
    private static readonly TimeSpan WriterPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan PollDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private int _sent;
    private int _reading;
    private int _writing;
    private Exception? _problem;

    /// <summary>Runs it all, and looks at what happens in a window.</summary>
    public async Task<ReadMostlyRound> RunAsync(RedisServer redis, TimeSpan warmUp, TimeSpan window)
    {
        using var stop = new CancellationTokenSource();
        var first = await subject.Writers.AcquireAsync(key, CancellationToken.None);
        var reading = Enumerable.Range(0, readers).Select(_ => Task.Run(() => ReadAsync(stop.Token))).ToArray();
        var writing = Task.Run(() => WriteAsync(stop.Token));
        Task running = Task.WhenAll([.. reading, writing]);
        try
        {
            await WhenAllWaitAsync();
            await subject.Writers.ReleaseAsync(first);
            await Clock.DelayAsync(warmUp);
            var before = await redis.ReadCountersAsync();
            var from = Clock.Now;
            await Clock.DelayAsync(window);
            var to = Clock.Now;
            var spent = (await redis.ReadCountersAsync()).Since(before);
            await stop.CancelAsync();
            await running.WaitAsync(Patience, TimeProvider.System);
            if (_problem is { } problem)
                throw new InvalidOperationException($"{subject.Name}, {readers} readers: {problem.Message}", problem);
            List<Visit> reads = [.. (await Task.WhenAll(reading)).SelectMany(visits => visits)];
            return ReadMostlyRound.Make(reads, await writing, from, to, spent);
        }
        finally
        {
            await stop.CancelAsync();
            await running.WaitAsync(Patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WhenAllWaitAsync()
    {
        var startedAt = Clock.Now;
        while (Math.Min(Volatile.Read(ref _sent), await subject.Readers.CountWaitingAsync(key) ?? readers + 1) is var waiting && waiting <= readers)
        {
            if (Clock.Since(startedAt) > Patience)
                throw new TimeoutException($"{subject.Name}: only {waiting} of {readers + 1} waited after {Patience.TotalSeconds:0} s. {_problem?.Message}");
            await Clock.DelayAsync(PollDelay);
        }
    }

    private Task<List<Visit>> ReadAsync(CancellationToken stop) => VisitAsync(
        subject.Readers,
        TimeSpan.Zero,
        () =>
        {
            Interlocked.Increment(ref _reading);
            return Volatile.Read(ref _writing) == 0;
        },
        () => Interlocked.Decrement(ref _reading),
        stop);

    private Task<List<Visit>> WriteAsync(CancellationToken stop) => VisitAsync(
        subject.Writers,
        WriterPause,
        () => Interlocked.Increment(ref _writing) == 1 && Volatile.Read(ref _reading) == 0,
        () => Interlocked.Decrement(ref _writing),
        stop);

    /// <param name="side">Whose lock.</param>
    /// <param name="pause">How long it stays away after each visit.</param>
    /// <param name="enter">Notes that it has come in; tells whether it may be in beside those who are.</param>
    /// <param name="leave">Notes that it goes.</param>
    /// <param name="stop">Ends it.</param>
    private async Task<List<Visit>> VisitAsync(ILockSubject side, TimeSpan pause, Func<bool> enter, Action leave, CancellationToken stop)
    {
        var visits = new List<Visit>(capacity: 4096);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var visit = new Visit(Clock.Now, long.MaxValue);
                visits.Add(visit);
                var acquiring = side.AcquireAsync(key, stop);
                Interlocked.Increment(ref _sent);
                var hold = await acquiring;
                visits[^1] = visit with { GrantedAt = Clock.Now };
                if (!enter())
                    throw new InvalidOperationException($"'{key}' was written while others had it.");
                leave();
                await side.ReleaseAsync(hold);
                if (pause > TimeSpan.Zero)
                    await Clock.DelayAsync(pause, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The load is over.
        }
        catch (Exception exception)
        {
            _problem ??= exception;
        }

        return visits;
    }
}

/// <summary>One acquisition of a reader or writer.</summary>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="GrantedAt">When it was had; the end of all time where it never was.</param>
internal readonly record struct Visit(long StartedAt, long GrantedAt);
