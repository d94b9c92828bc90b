namespace LockGrains.Cluster.Tests;

/// <summary>The silo of a lock dies while several hold it: who holds goes on holding, and who waits is served by the same rule as before.</summary>
public sealed class SharedLossTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _key = LockCluster.NewKey("shared-loss");
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

            // Patient with a busy machine, as for the other losses of a silo. A downgrade is in storage before it is told.
            Policy = new LockPolicy { ReleaseWriteDelay = TimeSpan.Zero, StoreTimeout = TimeSpan.FromSeconds(30), FirstLease = TimeSpan.FromSeconds(30) },
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
    public async Task OwnerSilo_KilledUnderReaders_TheyStayAndTheWriterIsServedInItsTurn()
    {
        var readers = new[] { await _client.AcquireSharedAsync(_key, Patience), await _client.AcquireSharedAsync(_key, Patience), await _client.AcquireSharedAsync(_key, Patience) };
        var (writersPlace, latePlace) = (new PlaceWatch(), new PlaceWatch());
        var writing = _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = writersPlace }).AsTask();
        Assert.Equal(1, await writersPlace.FirstAsync());
        var reading = _client.AcquireSharedAsync(_key, Patience, new AcquireOptions { Progress = latePlace }).AsTask();
        Assert.Equal(2, await latePlace.FirstAsync());

        await _cluster.Inner.KillSiloAsync(_cluster.OwnerOf(_key));

        foreach (var reader in readers)
            Assert.True(await reader.VerifyAsync());
        Assert.Equal(readers.Select(reader => reader.FencingToken), (await _client.GetInfoAsync(_key)).Holders.Select(holder => holder.FencingToken));
        Assert.Null(await _client.TryAcquireSharedAsync(_key));
        foreach (var reader in readers)
        {
            Assert.False(writing.IsCompleted);
            await reader.DisposeAsync();
        }

        var writer = await writing.WithinPatienceAsync("grant to the writer");
        Assert.True(writer.FencingToken > readers[^1].FencingToken);
        Assert.False(reading.IsCompleted);
        await writer.DisposeAsync();
        await using var late = await reading.WithinPatienceAsync("grant to the late reader");
    }

    [RedisFact]
    public async Task OwnerSilo_KilledUnderPermits_TheNumbersStayAndTheFreeOneIsGivenOut()
    {
        var holders = new List<LockHandle>();
        for (var number = 0; number < 3; number++)
            holders.Add(await _client.AcquirePermitsAsync(_key, permits: 1, limit: 3, Patience));
        var place = new PlaceWatch();
        var waiting = _client.AcquirePermitsAsync(_key, permits: 1, limit: 3, Patience, new AcquireOptions { Progress = place }).AsTask();
        await place.FirstAsync();

        await _cluster.Inner.KillSiloAsync(_cluster.OwnerOf(_key));

        Assert.Null(await _client.TryAcquirePermitsAsync(_key, permits: 1, limit: 3));
        Assert.Equal([0, 1, 2], (await _client.GetInfoAsync(_key)).Holders.SelectMany(holder => holder.PermitNumbers));
        await holders[1].DisposeAsync();
        await using var next = await waiting.WithinPatienceAsync("grant of the permit that was given back");
        Assert.Equal([1], next.PermitNumbers.AsEnumerable());
        await holders[0].DisposeAsync();
        await holders[2].DisposeAsync();
    }

    [RedisFact]
    public async Task OwnerSilo_KilledWhileAnUpgradeWaits_ItIsGrantedBeforeTheQueuedWriter()
    {
        await using var holder = await _client.AcquireUpgradeableAsync(_key, Patience);
        var reader = await _client.AcquireSharedAsync(_key, Patience);
        var place = new PlaceWatch();
        var writing = _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place }).AsTask();
        await place.FirstAsync();
        var upgrading = holder.UpgradeAsync(Patience).AsTask();
        await WhenUpgradeWaitsAsync();

        await _cluster.Inner.KillSiloAsync(_cluster.OwnerOf(_key));
        await WhenUpgradeWaitsAsync();
        Assert.True(await reader.VerifyAsync());
        await reader.DisposeAsync();

        await upgrading.WithinPatienceAsync("upgrade");
        Assert.True(holder.FencingToken > reader.FencingToken);
        Assert.True(await holder.VerifyAsync());
        Assert.False(writing.IsCompleted);
        await holder.DisposeAsync();
        await using var writer = await writing.WithinPatienceAsync("grant to the writer");
        Assert.True(writer.FencingToken > holder.FencingToken);
    }

    [RedisFact]
    public async Task OwnerSilo_KilledAfterAnUpgradeAndADowngrade_BothHold()
    {
        await using var holder = await _client.AcquireUpgradeableAsync(_key, Patience);
        await holder.UpgradeAsync(Patience);
        await _cluster.Inner.KillSiloAsync(_cluster.OwnerOf(_key));

        Assert.True(await holder.VerifyAsync());
        Assert.Null(await _client.TryAcquireSharedAsync(_key));
        Assert.Equal(holder.FencingToken, (await _client.GetInfoAsync(_key)).Holder!.FencingToken);

        await holder.DowngradeAsync();
        await using var reader = await _client.AcquireSharedAsync(_key, Patience);
        await _cluster.Inner.KillSiloAsync(_cluster.OwnerOf(_key));

        Assert.True(await holder.VerifyAsync());
        Assert.True(await reader.VerifyAsync());
        Assert.Null(await _client.TryAcquireAsync(_key));
        Assert.All((await _client.GetInfoAsync(_key)).Holders, hold => Assert.Equal(LockMode.Shared, hold.Mode));
    }

    private Task<LockInfo> WhenUpgradeWaitsAsync() => UpgradeWatch.WhenWaitsAsync(() => _client.GetInfoAsync(_key).AsTask());
}
