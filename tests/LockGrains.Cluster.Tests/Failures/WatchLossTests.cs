namespace LockGrains.Cluster.Tests;

/// <summary>A lock is watched while the silo that serves it is killed.</summary>
public sealed class WatchLossTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _key = LockCluster.NewKey("watch-loss");
    private RedisServer _redis = null!;
    private LockCluster _cluster = null!;
    private LockClient _client = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _cluster = await LockCluster.StartAsync(new LockClusterSettings
        {
            Silos = 3,
            Redis = _redis.PatientConnectionString,
            Policy = new LockPolicy { StoreTimeout = TimeSpan.FromSeconds(30), FirstLease = TimeSpan.FromSeconds(30) },
        });
        _client = LockClient.Create(_cluster.Grains, new LockClientOptions { AttemptTimeout = TimeSpan.FromSeconds(1) });
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [RedisFact]
    public async Task OwnerSilo_Killed_TheWatchersGoOnWithTheLatestState()
    {
        var first = await _client.AcquireAsync(_key, Patience, new AcquireOptions { OwnerId = "first" });
        StateLog[] logs = [.. Enumerable.Range(0, 20).Select(_ => StateLog.Start(_client, _key))];
        await Task.WhenAll(logs.Select(log => log.WhenAsync(info => info.Holder?.OwnerId == "first", "the holder before the kill")));

        await _cluster.Inner.KillSiloAsync(_cluster.OwnerOf(_key));
        await first.ReleaseAsync();
        await using var second = await _client.AcquireAsync(_key, Patience, new AcquireOptions { OwnerId = "second" });

        await Task.WhenAll(logs.Select(log => log.WhenAsync(info => info.Holder?.OwnerId == "second", "the holder after the kill")));
        foreach (var log in logs)
        {
            log.AssertNeverOlder();
            await log.DisposeAsync();
        }
    }
}
