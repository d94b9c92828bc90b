namespace LockGrains.Testing.Tests;

/// <summary>Clients that want one lock, on a clock that the test moves.</summary>
public sealed class ContentionTests : IAsyncDisposable
{
    private const string Key = "orders/42";

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;

    public ContentionTests() => _locks = new InMemoryLocks(_clock);

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task TwoClients_SecondWaits_UntilTheFirstReleases()
    {
        var first = await _locks.CreateClient().AcquireAsync(Key);
        var second = _locks.CreateClient().AcquireAsync(Key).AsTask();
        await _clock.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.False(second.IsCompleted);
        var info = await _locks.CreateClient().GetInfoAsync(Key);
        Assert.Equal(("client-1", "client-2"), (info.Holder!.OwnerId, Assert.Single(info.Waiters).OwnerId));

        Assert.Equal(ReleaseOutcome.Released, await first.ReleaseAsync().InTimeAsync());
        await using var handle = await second.InTimeAsync();
        Assert.True(handle.FencingToken > first.FencingToken);
    }

    [Fact]
    public async Task TimedWait_LockIsHeld_EndsWithTheWait()
    {
        await using var first = await _locks.CreateClient().AcquireAsync(Key);
        var tried = _locks.CreateClient().TryAcquireAsync(Key, TimeSpan.FromSeconds(10)).AsTask();
        var waited = _locks.CreateClient().AcquireAsync(Key, TimeSpan.FromSeconds(20)).AsTask();

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(9.9));
        Assert.False(tried.IsCompleted);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(0.2));
        Assert.Null(await tried.InTimeAsync());
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));
        var exception = await Assert.ThrowsAsync<LockTimeoutException>(() => waited.InTimeAsync());
        Assert.Equal(TimeSpan.FromSeconds(20), exception.Waited);
        Assert.Null(await _locks.CreateClient().TryAcquireAsync(Key).InTimeAsync());
    }

    [Fact]
    public async Task Wait_CancelledByTheTest_LeavesTheQueueBeforeTheClockMoves()
    {
        var first = await _locks.CreateClient().AcquireAsync(Key);
        using var giveUp = new CancellationTokenSource();
        var second = _locks.CreateClient().AcquireAsync(Key, cancellationToken: giveUp.Token).AsTask();
        var third = _locks.CreateClient().AcquireAsync(Key).AsTask();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));

        await giveUp.CancelAsync();
        await _clock.AdvanceAsync(TimeSpan.Zero);
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.InTimeAsync());
        Assert.Equal(giveUp.Token, exception.CancellationToken);
        Assert.Equal(1, (await _locks.CreateClient().GetInfoAsync(Key)).QueueLength);
        await first.DisposeAsync();
        await (await third.InTimeAsync()).DisposeAsync();
    }

    [Fact]
    public async Task Progress_WhileItWaits_TellsThePlace()
    {
        await using var first = await _locks.CreateClient().AcquireAsync(Key);
        var places = new Places();
        var waiting = _locks.CreateClient().TryAcquireAsync(Key, TimeSpan.FromSeconds(5), new AcquireOptions { Progress = places }).AsTask();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(6));

        Assert.Null(await waiting.InTimeAsync());
        Assert.NotEmpty(places.Seen);
        Assert.All(places.Seen, place => Assert.Equal(1, place));
    }

    [Fact]
    public async Task HundredClients_WithWorkOfTenSeconds_HaveItInTheirOrder_EachAtItsTime()
    {
        var start = _clock.GetUtcNow();
        var log = new List<(int Client, TimeSpan At)>();
        var works = Enumerable.Range(0, 100).Select(index => _clock.RunAsync(() => WorkAsync(index))).ToArray();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1000));

        await Task.WhenAll(works).InTimeAsync();
        Assert.Equal(Enumerable.Range(0, 100).Select(index => (index, TimeSpan.FromSeconds(10 * index))), log);

        async Task WorkAsync(int index)
        {
            var client = _locks.CreateClient();
            await using var handle = await client.AcquireAsync(Key);
            log.Add((index, _clock.GetUtcNow() - start));
            await Task.Delay(TimeSpan.FromSeconds(10), _clock);
            handle.ThrowIfLost();
        }
    }

    [Fact]
    public async Task Dispose_WhileClientsWait_EndsTheirWaits()
    {
        var cutOff = _locks.CreateClient();
        await using var handle = await _locks.CreateClient().AcquireAsync(Key);
        Task[] waits = [_locks.CreateClient().AcquireAsync(Key).AsTask(), cutOff.AcquireAsync(Key).AsTask()];
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        _locks.CutOff(cutOff);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));

        await _locks.DisposeAsync().AsTask().InTimeAsync();
        foreach (var wait in waits)
            await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.InTimeAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _locks.LoseAsync(Key));
    }

    private sealed class Places : IProgress<WaitProgress>
    {
        public List<int> Seen { get; } = [];

        public void Report(WaitProgress value) => Seen.Add(value.Place);
    }
}
