namespace LockGrains.Cluster.Tests;

/// <summary>What docs/WATCHING.md shows does what it says.</summary>
public sealed class WatchingTests : IAsyncLifetime
{
    private LockCluster _cluster = null!;
    private LockClient _locks = null!;

    public async Task InitializeAsync()
    {
        _cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1 });
        _locks = LockClient.Create(_cluster.Grains);
    }

    public async Task DisposeAsync()
    {
        await _locks.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Address_OfTheLeader_IsFollowed()
    {
        using var stopping = new CancellationTokenSource();
        var address = new LeaderAddress(_locks);
        var following = address.FollowAsync(stopping.Token);
        await using (await _locks.AcquireAsync("leader", options: new AcquireOptions { Value = LockValue.OfText("10.0.0.7") }))
            await BecomesAsync(() => address.Current, "10.0.0.7");
        await BecomesAsync(() => address.Current, null);
        await using (await _locks.AcquireAsync("leader", options: new AcquireOptions { Value = LockValue.OfText("10.0.0.8") }))
            await BecomesAsync(() => address.Current, "10.0.0.8");

        await EndAsync(following, stopping);
    }

    [Fact]
    public async Task Board_OfSeveralLocks_ShowsEach()
    {
        using var stopping = new CancellationTokenSource();
        var board = new LockBoard(_locks);
        var showing = board.ShowAsync(["a", "b"], stopping.Token);
        await using var handle = await _locks.AcquireAsync("a", options: new AcquireOptions { OwnerId = "alice" });

        await BecomesAsync(() => board.Lines.GetValueOrDefault("a"), "alice, 0 wait");
        await BecomesAsync(() => board.Lines.GetValueOrDefault("b"), "free");
        await EndAsync(showing, stopping);
    }

    [Fact]
    public async Task Door_ThatIsHeld_IsAwaited()
    {
        var handle = await _locks.AcquireAsync("door");
        var waiting = new DoorWatch(_cluster.Grains).WhenFreeAsync("door", CancellationToken.None);
        await handle.ReleaseAsync();

        Assert.Equal(0, (await waiting.WithinPatienceAsync("the free door")).HolderCount);
    }

    [Fact]
    public async Task Holds_ThatLast_AreFound()
    {
        await using var handle = await _locks.AcquireAsync("nightly/report", options: new AcquireOptions { OwnerId = "alice" });
        await using var other = await _locks.AcquireAsync("other");

        Assert.Equal(["nightly/report by alice"], await new LongHolds(_locks).FindAsync("nightly/", TimeSpan.Zero, CancellationToken.None));
        Assert.Empty(await new LongHolds(_locks).FindAsync("nightly/", TimeSpan.FromHours(1), CancellationToken.None));
    }

    [Fact]
    public async Task Board_OfAPrefix_ShowsWhatIsLive()
    {
        using var stopping = new CancellationTokenSource();
        var board = new PrefixBoard(_locks);
        var showing = board.ShowAsync("team/", stopping.Token);
        await using (await _locks.AcquireAsync("team/a", options: new AcquireOptions { OwnerId = "alice" }))
            await BecomesAsync(() => board.Lines.GetValueOrDefault("team/a"), "alice, 0 wait");

        await BecomesAsync(() => board.Lines.GetValueOrDefault("team/a"), null);
        await EndAsync(showing, stopping);
    }

    [Fact]
    public async Task Orders_ThatAreHeld_AreSeenByOrleansCode()
    {
        var orders = new OpenOrders(_cluster.Grains);
        Assert.False(await orders.IsAnyHeldAsync(CancellationToken.None));
        await using var handle = await _locks.AcquireAsync("orders/42");

        Assert.True(await orders.IsAnyHeldAsync(CancellationToken.None));
    }

    private static Task<string?> BecomesAsync(Func<string?> current, string? expected) =>
        Eventually.BecomesAsync(() => Task.FromResult(current()), now => now == expected, $"'{expected}'");

    private static async Task EndAsync(Task watching, CancellationTokenSource stopping)
    {
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.WithinPatienceAsync("end of the watching"));
    }
}
