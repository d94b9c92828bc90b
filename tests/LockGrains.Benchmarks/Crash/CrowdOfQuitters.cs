namespace LockGrains.Benchmarks;

/// <summary>
/// A holder, a crowd that waits and will give up, and two who stay in line: one in front of them and one behind. Without the one in front, the
/// first place that is left would tell those who gave up from the others, and nothing else would be put to the test.
/// </summary>
internal sealed class CrowdOfQuitters : IAsyncDisposable
{
    private static readonly TimeSpan PollDelay = TimeSpan.FromMilliseconds(1);

    private readonly LockHandle _holder;
    private readonly List<(CancellationTokenSource Stop, Task Wait)> _quitters = [];
    private readonly CancellationTokenSource _stop = new();
    private Task<long> _front = null!;
    private Task<long> _behind = null!;

    private CrowdOfQuitters(LockHandle holder) => _holder = holder;

    /// <summary>How many of those who gave up have been told that their wait is over.</summary>
    public int Told => _quitters.Count(quitter => quitter.Wait.IsCompleted);

    /// <summary>Puts them all in line, and waits until each has been told its place.</summary>
    public static async Task<CrowdOfQuitters> StartAsync(ILockClient locks, string key, int quitters, TimeSpan patience)
    {
        var crowd = new CrowdOfQuitters(await locks.AcquireAsync(key, options: new AcquireOptions { ConfirmLease = true }));
        var first = new FirstPlace();
        crowd._front = StayAsync(locks, key, first, crowd._stop.Token);
        await first.WhenTold.WaitAsync(patience, TimeProvider.System);
        var told = new List<FirstPlace>();
        for (var index = 0; index < quitters; index++)
        {
            var stop = new CancellationTokenSource();
            told.Add(new FirstPlace());
            crowd._quitters.Add((stop, QuitAsync(locks, key, told[^1], stop.Token)));
        }

        await Task.WhenAll(told.Select(place => place.WhenTold)).WaitAsync(patience, TimeProvider.System);
        var last = new FirstPlace();
        crowd._behind = StayAsync(locks, key, last, crowd._stop.Token);
        var place = await last.WhenTold.WaitAsync(patience, TimeProvider.System);
        return place == quitters + 2
            ? crowd
            : throw new InvalidOperationException($"Who stays has place {place}, behind {quitters} who will give up and one who will not.");
    }

    /// <summary>The crowd gives up, one after the other, within a time. Nobody waits for their answers.</summary>
    /// <param name="within">The time.</param>
    /// <param name="seed">Of their order, which is by chance.</param>
    public async Task GiveUpAsync(TimeSpan within, int seed)
    {
        var order = Enumerable.Range(0, _quitters.Count).ToArray();
        new Random(seed).Shuffle(order);
        var startedAt = Clock.Now;
        for (var index = 0; index < _quitters.Count; index++)
        {
            while (Clock.Since(startedAt) < within * index / _quitters.Count)
                await Clock.DelayAsync(PollDelay);
            await _quitters[order[index]].Stop.CancelAsync();
        }
    }

    /// <summary>The holder lets go, which goes on in the background until some silo has understood it.</summary>
    public void LetGo() => _ = _holder.ReleaseAsync().AsTask();

    /// <summary>The seconds from a moment until the one behind the crowd had the lock; infinite if that was never within the patience.</summary>
    public async Task<double> SecondsToGrantAsync(long since, TimeSpan patience)
    {
        try
        {
            return Clock.Between(since, await _behind.WaitAsync(patience, TimeProvider.System)).TotalSeconds;
        }
        catch (Exception exception) when (exception is TimeoutException or LockUnavailableException)
        {
            return double.PositiveInfinity;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_quitters.Select(quitter => quitter.Wait));
        await ((Task)Task.WhenAll(_front, _behind)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _quitters.ForEach(quitter => quitter.Stop.Dispose());
        _stop.Dispose();
    }

    private static async Task QuitAsync(ILockClient locks, string key, FirstPlace place, CancellationToken stop)
    {
        try
        {
            await using var handle = await locks.AcquireAsync(key, options: new AcquireOptions { Progress = place }, cancellationToken: stop);
            throw new InvalidOperationException($"A waiter of '{key}' was granted the lock while another held it, or after it gave up.");
        }
        catch (OperationCanceledException)
        {
            // As meant.
        }
    }

    /// <summary>Waits for the lock, however long that takes, and lets it go at once.</summary>
    /// <returns>When it had it.</returns>
    private static async Task<long> StayAsync(ILockClient locks, string key, FirstPlace place, CancellationToken stop)
    {
        await using var handle = await locks.AcquireAsync(key, options: new AcquireOptions { Progress = place }, cancellationToken: stop);
        return Clock.Now;
    }

    private sealed class FirstPlace : IProgress<WaitProgress>
    {
        private readonly TaskCompletionSource<int> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<int> WhenTold => _told.Task;

        public void Report(WaitProgress value) => _told.TrySetResult(value.Place);
    }
}
