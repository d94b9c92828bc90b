namespace LockGrains.Cluster.Tests;

/// <summary>A queue is as long as it may be, and no longer.</summary>
public sealed class QueueLimitTests : IAsyncLifetime
{
    private readonly string _key = LockCluster.NewKey("limit");
    private LockCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await LockCluster.StartAsync(new LockClusterSettings
    {
        Silos = 1,
        Policy = new LockPolicy { QueueLimit = 2 },
    });

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Queue_Full_DeniesTheNextAndKeepsTheOthers()
    {
        var grain = _cluster.GetLock(_key);
        var (holder, first, second) = (new Attempt(grain, "holder"), new Attempt(grain, "first"), new Attempt(grain, "second"));
        await holder.TakeAsync();
        await first.QueueAsync();
        await second.QueueAsync();

        var third = new Attempt(grain, "third");
        var reply = await third.QueueAsync();

        Assert.Equal((AcquireStatus.Denied, DenyReason.QueueFull, 2), (reply.Status, reply.Reason, reply.QueueLength));
        Assert.Equal(["first", "second"], (await holder.GetInfoAsync()).Waiters.Select(waiter => waiter.OwnerId));

        // Full is not for ever: a place that is given up is there for who comes next, the one that was denied too.
        await first.CancelAsync();
        Assert.Equal((AcquireStatus.Queued, 2), ((await third.QueueAsync()).Status, 2));
    }

    [Fact]
    public async Task Queue_Full_IsToldToTheClientWithItsLength()
    {
        await using var client = LockClient.Create(_cluster.Grains);
        await using var held = await client.AcquireAsync(_key);
        using var cancellation = new CancellationTokenSource();
        var waits = new List<Task>();
        for (var waiter = 0; waiter < 2; waiter++)
        {
            var place = new PlaceWatch();
            var options = new AcquireOptions { Progress = place };
            waits.Add(client.AcquireAsync(_key, null, options, cancellation.Token).AsTask());
            await place.FirstAsync();
        }

        var exception = await Assert.ThrowsAsync<LockQueueFullException>(async () => await client.AcquireAsync(_key));

        Assert.Equal((_key, 2), (exception.Key, exception.QueueLength));
        await cancellation.CancelAsync();
        foreach (var wait in waits)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }
}
