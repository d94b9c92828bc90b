namespace LockGrains.Cluster.Tests;

/// <summary>What docs/SESSIONS.md shows does what it says.</summary>
public sealed class SessionsTests : IAsyncLifetime
{
    private static readonly string[] Shards = ["a", "b", "c"];

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
    public async Task Node_ThatStops_LeavesItsShardsToTheNext()
    {
        var (first, second) = (new ShardNode(_locks, "first"), new ShardNode(_locks, "second"));
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        var firstRun = first.RunAsync(Shards, stopFirst.Token);
        await Eventually.BecomesAsync(() => Task.FromResult(first.Served.Count), count => count == Shards.Length, "shards of the first node");
        var secondRun = second.RunAsync(Shards, stopSecond.Token);
        await Eventually.BecomesAsync(
            async () => (await _locks.GetInfoAsync("shards/c")).QueueLength, waiting => waiting == 1, "wait of the second node");
        Assert.Empty(second.Served);

        await stopFirst.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => firstRun);
        await Eventually.BecomesAsync(() => Task.FromResult(second.Served.Count), count => count == Shards.Length, "shards of the second node");
        Assert.All(Shards, shard => Assert.True(second.Served[shard] > first.Served[shard]));

        await stopSecond.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => secondRun);
    }

    [Fact]
    public async Task Node_WhoseSessionIsRevoked_Stops()
    {
        var node = new ShardNode(_locks, "node");
        var run = node.RunAsync(Shards, CancellationToken.None);
        await Eventually.BecomesAsync(() => Task.FromResult(node.Served.Count), count => count == Shards.Length, "shards of the node");

        var id = (await _locks.GetInfoAsync("shards/a")).Holder!.SessionId!;
        Assert.Equal("node", (await _locks.GetSessionInfoAsync(id)).Holder!.OwnerId);
        await _locks.RevokeSessionAsync(id);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Ledger_CalledUnderTheLock_UsesTheSameHold()
    {
        await using var session = await _locks.OpenSessionAsync();
        var ledger = new Ledger(session);
        await using var held = await session.AcquireAsync("accounts/1");

        Assert.Equal(held.FencingToken, await ledger.PostAsync("accounts/1"));
        held.ThrowIfLost();
        Assert.True(await ledger.PostAsync("accounts/2") > 0);
        Assert.Null(session.TryGetHeld("accounts/2"));
    }
}
