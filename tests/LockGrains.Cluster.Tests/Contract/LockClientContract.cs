namespace LockGrains.Cluster.Tests;

/// <summary>What <see cref="ILockClient"/> promises over a real cluster, whatever storage keeps the locks.</summary>
public abstract class LockClientContract : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ContractFixture _fixture;
    private readonly string _key = LockCluster.NewKey("client");
    private LockClient _client = null!;

    protected LockClientContract(ContractFixture fixture) => _fixture = fixture;

    public Task InitializeAsync()
    {
        _client = _fixture.NewClient();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _client.DisposeAsync();

    [ContractFact]
    public async Task Acquire_FreeLock_GivesAHandleThatIsCurrent()
    {
        await using var handle = await _client.AcquireAsync(_key, Patience);

        Assert.Equal(_key, handle.Key);
        Assert.True(handle.FencingToken > 0);
        Assert.True(await handle.VerifyAsync());
        handle.ThrowIfLost();
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
    }

    [ContractFact]
    public async Task TryAcquire_HeldLock_GivesNull()
    {
        await using var handle = await _client.AcquireAsync(_key, Patience);

        Assert.Null(await _client.TryAcquireAsync(_key));
    }

    [ContractFact]
    public async Task Acquire_HeldLongerThanTheWait_ThrowsAndLeavesTheQueue()
    {
        await using var handle = await _client.AcquireAsync(_key, Patience);

        var exception = await Assert.ThrowsAsync<LockTimeoutException>(
            async () => await _client.AcquireAsync(_key, TimeSpan.FromMilliseconds(300)));

        Assert.Equal(_key, exception.Key);
        Assert.Equal(0, (await _client.GetInfoAsync(_key)).QueueLength);
    }

    [ContractFact]
    public async Task Acquire_SameClientAgain_WaitsForTheFirstHandle()
    {
        var first = await _client.AcquireAsync(_key, Patience);
        var place = new PlaceWatch();
        var second = _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place }).AsTask();
        Assert.Equal(1, await place.FirstAsync());
        Assert.False(second.IsCompleted);

        Assert.Equal(ReleaseOutcome.Released, await first.ReleaseAsync());

        await using var handle = await second;
        Assert.True(handle.FencingToken > first.FencingToken);
    }

    [ContractFact]
    public async Task Acquire_ManyClients_AreServedInTheOrderOfTheirArrival()
    {
        // Each waiter of a failing storage is told its place only after some repetitions.
        var count = _fixture.LosesReplies ? 5 : 15;
        var holder = await _client.AcquireAsync(_key, Patience);
        var waits = new List<Task<(int Number, long Token)>>();
        for (var number = 1; number <= count; number++)
        {
            var place = new PlaceWatch();
            waits.Add(ServeAsync(number, place));
            Assert.Equal(number, await place.FirstAsync());
        }

        await holder.ReleaseAsync();
        var grants = await Task.WhenAll(waits);

        Assert.Equal(Enumerable.Range(1, count), grants.OrderBy(grant => grant.Token).Select(grant => grant.Number));

        async Task<(int Number, long Token)> ServeAsync(int number, PlaceWatch place)
        {
            await using var handle = await _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place });
            return (number, handle.FencingToken);
        }
    }

    [ContractFact]
    public async Task Acquire_Cancelled_LeavesTheQueue()
    {
        await using var handle = await _client.AcquireAsync(_key, Patience);
        using var cancellation = new CancellationTokenSource();
        var place = new PlaceWatch();
        var waiting = _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place }, cancellation.Token).AsTask();
        await place.FirstAsync();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, (await _client.GetInfoAsync(_key)).QueueLength);
    }

    [ContractFact]
    public async Task Release_Repeated_SaysSoAndTouchesNobody()
    {
        var first = await _client.AcquireAsync(_key, Patience);
        Assert.Equal(ReleaseOutcome.Released, await first.ReleaseAsync());
        await using var second = await _client.AcquireAsync(_key, Patience);

        Assert.Equal(ReleaseOutcome.AlreadyReleased, await first.ReleaseAsync());
        Assert.True(await second.VerifyAsync());
        Assert.False(await first.VerifyAsync());
        Assert.Equal(EndReason.Released, Assert.Throws<LockLostException>(first.ThrowIfLost).End);
    }

    [ContractFact]
    public async Task Revoke_HeldLock_IsToldToItsHandle()
    {
        await using var handle = await _client.AcquireAsync(
            _key, Patience, new AcquireOptions { Lease = TimeSpan.FromSeconds(4.5) });

        var reply = await _client.RevokeAsync(_key, handle.FencingToken);

        if (!_fixture.LosesReplies)
            Assert.Equal((RevokeStatus.Revoked, handle.FencingToken), (reply.Status, reply.FencingToken));
        await handle.HandleLostToken.WhenCancelledAsync("loss of the revoked handle");
        Assert.Equal(EndReason.Revoked, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
        await using var next = await _client.AcquireAsync(_key, Patience);
        Assert.True(next.FencingToken > handle.FencingToken);
    }

    [ContractFact]
    public async Task GetInfo_HeldAndAwaited_ShowsOwnersAndQueue()
    {
        await using var handle = await _client.AcquireAsync(_key, Patience, new AcquireOptions { OwnerId = "holder" });
        using var cancellation = new CancellationTokenSource();
        var place = new PlaceWatch();
        var options = new AcquireOptions { OwnerId = "waiter", Progress = place };
        var waiting = _client.AcquireAsync(_key, Patience, options, cancellation.Token).AsTask();
        await place.FirstAsync();

        var info = await _client.GetInfoAsync(_key);

        Assert.True(info.Known);
        Assert.Equal(("holder", handle.FencingToken), (info.Holder!.OwnerId, info.Holder.FencingToken));
        Assert.Equal("waiter", Assert.Single(info.Waiters).OwnerId);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [ContractFact]
    public async Task Renewal_HoldLongerThanItsLease_StaysCurrent()
    {
        await using var handle = await _client.AcquireAsync(
            _key, Patience, new AcquireOptions { Lease = TimeSpan.FromSeconds(8) });
        var waited = await _client.TryAcquireAsync(_key, TimeSpan.FromSeconds(9));

        Assert.Null(waited);
        Assert.True(await handle.VerifyAsync());
    }

    [ContractFact]
    public async Task Dispose_ClientWithHeldLock_LeavesItToItsOwner()
    {
        var leaving = _fixture.NewClient();
        var handle = await leaving.AcquireAsync(_key, Patience, new AcquireOptions { ConfirmLease = true });

        await leaving.DisposeAsync();

        handle.ThrowIfLost();
        Assert.Null(await _client.TryAcquireAsync(_key));
        await handle.DisposeAsync();
        await using var next = await _client.AcquireAsync(_key, Patience);
        Assert.True(next.FencingToken > handle.FencingToken);
    }

    [ContractFact]
    public async Task HoldFor_ReleasedBefore_IsKeptAndThenGivenBack()
    {
        var handle = await _client.AcquireAsync(_key, Patience, new AcquireOptions { HoldFor = TimeSpan.FromSeconds(2) });
        var startedAt = TimeProvider.System.GetTimestamp();
        Assert.Equal(ReleaseOutcome.Kept, await handle.ReleaseAsync());
        await using var next = await _client.AcquireAsync(_key, Patience);

        Assert.True(TimeProvider.System.GetElapsedTime(startedAt) > TimeSpan.FromSeconds(1), "It was given back too soon.");
    }

    [ContractFact]
    public async Task Acquire_ActivationEndsWhileItWaits_IsGrantedAllTheSame()
    {
        var handle = await _client.AcquireAsync(_key, Patience);
        var place = new PlaceWatch();
        var waiting = _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place }).AsTask();
        await place.FirstAsync();

        // The call that waits keeps its activation from ending, and from its end on there is another one.
        var ended = _fixture.Cluster.DeactivateAsync(_key);
        await handle.ReleaseAsync();

        await using var next = await waiting;
        Assert.True(next.FencingToken > handle.FencingToken);
        await ended.WithinPatienceAsync("end of the activation");
        Assert.True(await next.VerifyAsync());
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryLockClientTests(MemoryFixture fixture) : LockClientContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisLockClientTests(RedisFixture fixture) : LockClientContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyLockClientTests(FaultyFixture fixture) : LockClientContract(fixture);
