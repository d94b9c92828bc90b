namespace LockGrains.Testing.Tests;

/// <summary>Locks in memory are listed and watched by their prefix as those of a cluster are.</summary>
public sealed class ListTests : IAsyncDisposable
{
    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly List<string> _seen = [];

    public ListTests() => _locks = new InMemoryLocks(_clock);

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task List_HasWhatIsHeldOrWaitedFor()
    {
        var client = _locks.CreateClient();
        await using var first = await client.AcquireAsync("orders/2");
        await using var second = await client.AcquireAsync("orders/1");
        await using var other = await client.AcquireAsync("other");
        var waiting = _locks.CreateClient().AcquireAsync("orders/1").AsTask();
        await _locks.WhenAsync("orders/1", info => info.QueueLength == 1);

        Assert.Equal(["orders/1, 1 wait", "orders/2, 0 wait", "other, 0 wait"], await ListAsync(client, ""));
        Assert.Equal(["orders/1, 1 wait", "orders/2, 0 wait"], await ListAsync(client, "orders/", pageSize: 1));
        Assert.Equal(["orders/1, 1 wait"], await ListAsync(client, "", LockListState.Waited));
        await second.DisposeAsync();
        await (await waiting.InTimeAsync()).DisposeAsync();
        Assert.Equal(["orders/2, 0 wait"], await ListAsync(client, "orders/"));
    }

    [Fact]
    public async Task WatchPrefix_SeesGrantWaiterReleaseAndGone()
    {
        using var end = new CancellationTokenSource();
        var watching = _clock.RunAsync(() => WatchAsync(_locks.CreateClient(), end.Token));
        await SettleAsync();
        var first = await _locks.CreateClient().AcquireAsync("orders/42");
        await SettleAsync();
        var waiting = _locks.CreateClient().AcquireAsync("orders/42").AsTask();
        await _locks.WhenAsync("orders/42", info => info.QueueLength == 1);
        await SettleAsync();
        await first.DisposeAsync();
        var second = await waiting.InTimeAsync();
        await SettleAsync();
        await second.DisposeAsync();
        await SettleAsync();

        Assert.Equal(["nothing", "orders/42 client-2, 0 wait", "orders/42 client-2, 1 wait", "orders/42 client-3, 0 wait", "orders/42 gone"], _seen);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.InTimeAsync());
    }

    [Fact]
    public async Task WatchPrefix_ThatIsCutOff_SaysThatNobodyKnowsAndThenTheLatest()
    {
        var client = _locks.CreateClient();
        using var end = new CancellationTokenSource();
        var watching = _clock.RunAsync(() => WatchAsync(client, end.Token));
        await SettleAsync();
        _locks.CutOff(client);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(["nothing", "not known"], _seen);

        await using var latest = await _locks.CreateClient().AcquireAsync("orders/42");
        _locks.Reconnect(client);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(15));
        Assert.Equal(["nothing", "not known", "orders/42 client-2, 0 wait"], _seen);
        Assert.False(watching.IsCompleted);
        await end.CancelAsync();
    }

    private Task SettleAsync() => _clock.AdvanceAsync(TimeSpan.FromSeconds(2));

    private static async Task<List<string>> ListAsync(ILockClient client, string prefix, LockListState state = LockListState.All, int pageSize = 1000)
    {
        var lines = new List<string>();
        await foreach (var page in client.ListAsync(prefix, new LockListOptions { State = state, PageSize = pageSize }))
            lines.AddRange(page.Locks.Select(one => $"{one.Key}, {one.QueueLength} wait"));
        return lines;
    }

    private async Task WatchAsync(ILockClient client, CancellationToken cancellationToken)
    {
        await foreach (var update in client.WatchPrefixAsync("orders/", cancellationToken))
        {
            if (!update.Known)
                _seen.Add("not known");
            else if (update.Changed.IsEmpty && update.Gone.IsEmpty)
                _seen.Add("nothing");
            _seen.AddRange(update.Changed.Select(one => $"{one.Key} {one.OwnerId}, {one.QueueLength} wait"));
            _seen.AddRange(update.Gone.Select(key => $"{key} gone"));
        }
    }
}
