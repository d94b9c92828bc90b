namespace LockGrains.Cluster.Tests;

/// <summary>What <see cref="ILockClient.WatchAsync"/> and <see cref="ILockGrain.WatchAsync"/> promise over a real cluster, whatever storage keeps the locks.</summary>
public abstract class WatchContract : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ContractFixture _fixture;
    private readonly string _key = LockCluster.NewKey("watch");
    private LockClient _client = null!;
    private StateLog _seen = null!;

    protected WatchContract(ContractFixture fixture) => _fixture = fixture;

    public Task InitializeAsync()
    {
        _client = _fixture.NewClient();
        _seen = StateLog.Start(_client, _key);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _seen.DisposeAsync();
        await _client.DisposeAsync();
    }

    [ContractFact]
    public async Task Watch_SeesGrantsWaitersValuesAndReleases()
    {
        await _seen.WhenAsync(info => info is { HolderCount: 0, QueueLength: 0 }, "the free lock");
        await using (var holder = await _client.AcquireAsync(_key, Patience, new AcquireOptions { OwnerId = "first" }))
        {
            var held = await _seen.WhenAsync(info => info.Holder?.OwnerId == "first", "the first holder");
            Assert.Equal(holder.FencingToken, held.Holder!.FencingToken);
            await holder.SetValueAsync(LockValue.OfText("here"));
            await _seen.WhenAsync(info => info.Value?.Text == "here", "the value");
            var waiting = _client.AcquireAsync(_key, Patience, new AcquireOptions { OwnerId = "second" }).AsTask();
            await _seen.WhenAsync(info => info.QueueLength == 1, "the waiter");
            await holder.ReleaseAsync();
            await using var second = await waiting;
            await _seen.WhenAsync(info => info is { Holder.OwnerId: "second", Value: null }, "the second holder");
        }

        var free = await _seen.WhenAsync(info => info.HolderCount == 0, "the release");
        Assert.Contains(free.Recent, recent => recent is { What: RecentEventKind.HoldEnded, Reason: EndReason.Released, OwnerId: "second" });
        _seen.AssertNeverOlder();
    }

    [ContractFact]
    public async Task Watch_ActivationEnds_GoesOnWithTheLatestState()
    {
        await using var holder = await _client.AcquireAsync(_key, Patience, new AcquireOptions { OwnerId = "first" });
        await _seen.WhenAsync(info => info.Holder?.OwnerId == "first", "the first holder");
        await _fixture.Cluster.DeactivateAsync(_key);
        await holder.ReleaseAsync();
        await using var next = await _client.AcquireAsync(_key, Patience, new AcquireOptions { OwnerId = "next" });

        await _seen.WhenAsync(info => info.Holder?.OwnerId == "next", "the holder after the failover");
        _seen.AssertNeverOlder();
    }

    [ContractFact]
    public async Task Watch_RecordsAreLost_SeesTheFreeLock()
    {
        var holder = new Attempt(_fixture.Cluster.GetLock(_key), "lost", _fixture.LosesReplies);
        await holder.TakeAsync();
        await _seen.WhenAsync(info => info.Holder?.OwnerId == "lost", "the holder");
        await _fixture.LoseRecordsAsync(_key);

        await _seen.WhenAsync(info => info is { HolderCount: 0, LastFencingToken: 0 }, "the lock without a record");
        await using var next = await _client.AcquireAsync(_key, Patience, new AcquireOptions { OwnerId = "next" });
        await _seen.WhenAsync(info => info.Holder?.OwnerId == "next", "the next holder");
    }

    [ContractFact]
    public async Task Grain_Watched_RepliesAtOnceWithoutACursorAndThenAtAChange()
    {
        var grain = _fixture.Cluster.GetLock(_key);
        var first = await WatchAsync(grain, cursor: null);
        Assert.Equal(0, first.Info!.HolderCount);
        var watching = grain.WatchAsync(new WatchRequest { Cursor = first.Cursor }).AsTask();
        var taken = new Attempt(grain, "direct", _fixture.LosesReplies);
        await taken.TakeAsync();
        var changed = await watching.WithinPatienceAsync("reply to the change");
        while (changed.Info?.Holder is null)
            changed = await WatchAsync(grain, changed.Cursor ?? first.Cursor);

        Assert.Equal("direct", changed.Info.Holder.OwnerId);
        Assert.NotEqual(first.Cursor, changed.Cursor);
        await taken.ReleaseAsync();
    }

    [ContractFact]
    public async Task Grain_WatchedWithASliceOfNone_Refuses()
    {
        var reply = await _fixture.Cluster.GetLock(_key).WatchAsync(new WatchRequest { Slice = TimeSpan.Zero });

        Assert.Equal((WatchStatus.Refused, "Slice is 0; it must be more than 0, and not infinite."), (reply.Status, reply.Detail));
    }

    /// <summary>A storage that fails now and then costs "unknown", and the next activation is asked.</summary>
    private static Task<WatchReply> WatchAsync(ILockGrain grain, string? cursor) => Eventually.BecomesAsync(
        async () => await grain.WatchAsync(new WatchRequest { Cursor = cursor, Slice = TimeSpan.FromSeconds(1) }), reply => reply.Status == WatchStatus.Current, "state");
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryWatchTests(MemoryFixture fixture) : WatchContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisWatchTests(RedisFixture fixture) : WatchContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyWatchTests(FaultyFixture fixture) : WatchContract(fixture);
