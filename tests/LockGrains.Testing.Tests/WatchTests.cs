namespace LockGrains.Testing.Tests;

/// <summary>A lock in memory is watched as one of a cluster is.</summary>
public sealed class WatchTests : IAsyncDisposable
{
    private const string Key = "orders/42";

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly List<string> _seen = [];

    public WatchTests() => _locks = new InMemoryLocks(_clock);

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task Watch_SeesWhoHoldsAndWhoWaits()
    {
        using var end = new CancellationTokenSource();
        var watching = _clock.RunAsync(() => WatchAsync(_locks.CreateClient(), end.Token));
        await SettleAsync();
        var first = await _locks.CreateClient().AcquireAsync(Key);
        await SettleAsync();
        var waiting = _locks.CreateClient().AcquireAsync(Key).AsTask();
        await _locks.WhenAsync(Key, info => info.QueueLength == 1);
        await SettleAsync();
        await first.DisposeAsync();
        var second = await waiting.InTimeAsync();
        await SettleAsync();
        await second.DisposeAsync();
        await SettleAsync();

        Assert.Equal(["nobody, 0 wait", "client-2, 0 wait", "client-2, 1 wait", "client-3, 0 wait", "nobody, 0 wait"], _seen);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.InTimeAsync());
    }

    [Fact]
    public async Task Watch_NothingHappensForADay_SaysNothing()
    {
        using var end = new CancellationTokenSource();
        var watching = _clock.RunAsync(() => WatchAsync(_locks.CreateClient(), end.Token));
        await _clock.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.Equal(["nobody, 0 wait"], _seen);
        Assert.False(watching.IsCompleted);
        await end.CancelAsync();
    }

    [Fact]
    public async Task Watch_ThatIsCutOff_SaysThatNobodyKnowsAndThenTheLatest()
    {
        var client = _locks.CreateClient();
        using var end = new CancellationTokenSource();
        var watching = _clock.RunAsync(() => WatchAsync(client, end.Token));
        await SettleAsync();
        _locks.CutOff(client);
        await using (await _locks.CreateClient().AcquireAsync(Key))
            await _clock.AdvanceAsync(TimeSpan.FromMinutes(2));
        await using var latest = await _locks.CreateClient().AcquireAsync(Key);
        Assert.Equal(["nobody, 0 wait", "not known"], _seen);

        _locks.Reconnect(client);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(15));
        Assert.Equal(["nobody, 0 wait", "not known", "client-3, 0 wait"], _seen);
        Assert.False(watching.IsCompleted);
        await end.CancelAsync();
    }

    [Fact]
    public async Task Watch_LocksAreDisposed_EndsWithTheClient()
    {
        var watching = _clock.RunAsync(() => WatchAsync(_locks.CreateClient(), CancellationToken.None));
        await SettleAsync();
        await _locks.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => watching.InTimeAsync());
    }

    private Task SettleAsync() => _clock.AdvanceAsync(TimeSpan.FromMilliseconds(200));

    private async Task WatchAsync(ILockClient client, CancellationToken cancellationToken)
    {
        await foreach (var info in client.WatchAsync(Key, cancellationToken))
            _seen.Add(info.Known ? $"{info.Holder?.OwnerId ?? "nobody"}, {info.QueueLength} wait" : "not known");
    }
}
