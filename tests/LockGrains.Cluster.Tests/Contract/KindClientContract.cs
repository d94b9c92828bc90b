using System.Collections.Concurrent;

namespace LockGrains.Cluster.Tests;

/// <summary>What <see cref="ILockClient"/> promises of shared, upgradeable and counted holds over a real cluster, whatever storage keeps them.</summary>
public abstract class KindClientContract : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ContractFixture _fixture;
    private readonly string _key = LockCluster.NewKey("kind-client");
    private LockClient _client = null!;

    protected KindClientContract(ContractFixture fixture) => _fixture = fixture;

    public Task InitializeAsync()
    {
        _client = _fixture.NewClient();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _client.DisposeAsync();

    [ContractFact]
    public async Task Readers_OfTwoClients_HoldTogetherAndTheWriterWaitsForBoth()
    {
        await using var other = _fixture.NewClient();
        var first = await _client.AcquireSharedAsync(_key, Patience);
        var second = await other.AcquireSharedAsync(_key, Patience);
        Assert.Equal((LockMode.Shared, 1), (first.Mode, first.Permits));
        Assert.Empty(first.PermitNumbers);
        var place = new PlaceWatch();
        var writing = _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place }).AsTask();
        Assert.Equal(1, await place.FirstAsync());
        Assert.Null(await other.TryAcquireSharedAsync(_key));

        await first.DisposeAsync();
        Assert.True(await second.VerifyAsync());
        Assert.False(writing.IsCompleted);
        await second.DisposeAsync();

        await using var writer = await writing;
        Assert.True(writer.FencingToken > second.FencingToken);
        Assert.Equal(LockMode.Exclusive, writer.Mode);
    }

    [ContractFact]
    public async Task Permits_ThreeOfThree_AreNumberedAndTheFourthWaits()
    {
        var holders = new List<LockHandle>();
        for (var number = 0; number < 3; number++)
            holders.Add(await _client.AcquirePermitsAsync(_key, permits: 1, limit: 3, Patience));
        Assert.Equal([0, 1, 2], holders.SelectMany(holder => holder.PermitNumbers));
        Assert.Null(await _client.TryAcquirePermitsAsync(_key, permits: 1, limit: 3));
        var place = new PlaceWatch();
        var waiting = _client.AcquirePermitsAsync(_key, permits: 2, limit: 3, Patience, new AcquireOptions { Progress = place }).AsTask();
        Assert.Equal(1, await place.FirstAsync());

        await holders[0].DisposeAsync();
        Assert.False(waiting.IsCompleted);
        await holders[2].DisposeAsync();

        await using var next = await waiting;
        Assert.Equal((LockMode.Shared, 2), (next.Mode, next.Permits));
        Assert.Equal([0, 2], next.PermitNumbers.AsEnumerable());
        await holders[1].DisposeAsync();
    }

    [ContractFact]
    public async Task Upgrade_ReaderHolds_WaitsForItAndHasALargerToken()
    {
        await using var handle = await _client.AcquireUpgradeableAsync(_key, Patience);
        var reader = await _client.AcquireSharedAsync(_key, Patience);
        var token = handle.FencingToken;
        Assert.False(await handle.TryUpgradeAsync());
        Assert.Equal((LockMode.Upgradeable, token), (handle.Mode, handle.FencingToken));
        var upgrading = handle.UpgradeAsync(Patience).AsTask();
        await WhenUpgradeWaitsAsync();

        await reader.DisposeAsync();

        await upgrading.WithinPatienceAsync("upgrade");
        Assert.Equal(LockMode.Exclusive, handle.Mode);
        Assert.True(handle.FencingToken > reader.FencingToken);
        Assert.True(await handle.VerifyAsync());
        Assert.Null(await _client.TryAcquireSharedAsync(_key));

        await handle.DowngradeAsync();
        Assert.Equal(LockMode.Shared, handle.Mode);
        await using var second = await _client.AcquireSharedAsync(_key, Patience);
        Assert.True(await handle.VerifyAsync());
    }

    [ContractFact]
    public async Task Upgrade_ReaderStaysForLongerThanTheWait_ThrowsAndKeepsTheHold()
    {
        await using var handle = await _client.AcquireUpgradeableAsync(_key, Patience);
        await using var reader = await _client.AcquireSharedAsync(_key, Patience);

        var exception = await Assert.ThrowsAsync<LockTimeoutException>(async () => await handle.UpgradeAsync(TimeSpan.FromMilliseconds(300)));

        Assert.Equal(_key, exception.Key);
        Assert.Equal(LockMode.Upgradeable, handle.Mode);
        Assert.True(await handle.VerifyAsync());
        await using var late = await _client.AcquireSharedAsync(_key, Patience);
    }

    [ContractFact]
    public async Task Upgrade_Cancelled_KeepsTheHoldAndMayBeTriedAgain()
    {
        await using var handle = await _client.AcquireUpgradeableAsync(_key, Patience);
        var reader = await _client.AcquireSharedAsync(_key, Patience);
        using var cancellation = new CancellationTokenSource();
        var upgrading = handle.UpgradeAsync(Patience, cancellation.Token).AsTask();
        await WhenUpgradeWaitsAsync();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upgrading);
        await using (await _client.AcquireSharedAsync(_key, Patience))
            Assert.True(await handle.VerifyAsync());
        await reader.DisposeAsync();
        await handle.UpgradeAsync(Patience);
        Assert.Equal(LockMode.Exclusive, handle.Mode);
    }

    [ContractFact]
    public async Task Upgrade_ActivationEndsWhileItWaits_IsGrantedAllTheSame()
    {
        await using var handle = await _client.AcquireUpgradeableAsync(_key, Patience);
        var reader = await _client.AcquireSharedAsync(_key, Patience);
        var upgrading = handle.UpgradeAsync(Patience).AsTask();
        await WhenUpgradeWaitsAsync();

        // A write that fails ends the activation at once, in the middle of the call that waits.
        _fixture.Cluster.Probe[_key].FailNextWrites(WriteFault.FailBefore);
        Assert.Equal(ReleaseOutcome.Released, await reader.ReleaseAsync());

        await upgrading.WithinPatienceAsync("upgrade");
        Assert.True(handle.FencingToken > reader.FencingToken);
        Assert.True(await handle.VerifyAsync());
    }

    [ContractFact]
    public async Task GetInfo_OfSeveralKinds_ShowsWhoHoldsAndWhatIsWaitedFor()
    {
        await using var permits = await _client.AcquirePermitsAsync(_key, permits: 2, limit: 3, Patience, new AcquireOptions { OwnerId = "permits" });
        await using var reader = await _client.AcquireUpgradeableAsync(_key, Patience, new AcquireOptions { OwnerId = "upgradeable" });
        using var cancellation = new CancellationTokenSource();
        var place = new PlaceWatch();
        var options = new AcquireOptions { OwnerId = "waiter", Progress = place };
        var waiting = _client.AcquirePermitsAsync(_key, permits: 3, limit: 3, Patience, options, cancellation.Token).AsTask();
        await place.FirstAsync();

        var info = await _client.GetInfoAsync(_key);

        Assert.Equal((2, 3L), (info.HolderCount, info.PermitsTaken));
        Assert.Equal(
            [("permits", LockMode.Shared, 2, (int?)3), ("upgradeable", LockMode.Upgradeable, 1, null)],
            info.Holders.Select(holder => (holder.OwnerId, holder.Mode, holder.Permits, holder.Limit)));
        var waiter = Assert.Single(info.Waiters);
        Assert.Equal(("waiter", LockMode.Shared, 3, (int?)3), (waiter.OwnerId, waiter.Mode, waiter.Permits, waiter.Limit));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [ContractFact]
    public async Task AcquireAll_OfSeveralKinds_HoldsEachInItsOwn()
    {
        string[] keys = [.. Enumerable.Range(0, 3).Select(index => LockCluster.NewKey($"kinds-{index}"))];
        LockTarget[] targets =
        [
            new(keys[0]) { Mode = LockMode.Shared },
            new(keys[1]),
            new(keys[2]) { Mode = LockMode.Shared, Permits = 2, Limit = 3 },
        ];
        await using var group = await _client.AcquireAllAsync(targets, Patience);

        await using var reader = await _client.AcquireSharedAsync(keys[0], Patience);
        Assert.Null(await _client.TryAcquireSharedAsync(keys[1]));
        Assert.Null(await _client.TryAcquirePermitsAsync(keys[2], permits: 2, limit: 3));
        await using var permit = await _client.AcquirePermitsAsync(keys[2], permits: 1, limit: 3, Patience);
        Assert.Equal([2], permit.PermitNumbers.AsEnumerable());
        Assert.True(await group.VerifyAsync());
    }

    /// <summary>As a resource sees it that its callers change in place: no writer beside anybody, readers beside readers.</summary>
    [ContractFact]
    public async Task ReadersAndWriters_ManyTasks_NeverMixAndTokensGrow()
    {
        await using var other = _fixture.NewClient();
        var (readers, writers, last) = (0, 0, 0L);
        var problems = new ConcurrentQueue<string>();

        // The section is a round trip, so whoever came in beside it would be seen. A stall must not outlast its lease, so that is the full one.
        var options = new AcquireOptions { ConfirmLease = true };
        await Task.WhenAll(Enumerable.Range(0, 10).Select(number => Task.Run(() => WorkAsync(number)))).WaitAsync(Patience * 2, TimeProvider.System);
        Assert.Empty(problems);

        async Task WorkAsync(int number)
        {
            var client = number % 2 == 0 ? _client : other;
            for (var turn = 0; turn < 5; turn++)
            {
                if (number % 5 == 0)
                    await WriteAsync(client);
                else
                    await ReadAsync(client);
            }
        }

        async Task ReadAsync(LockClient client)
        {
            await using var handle = await client.AcquireSharedAsync(_key, Patience, options);
            Interlocked.Increment(ref readers);
            if (Volatile.Read(ref writers) > 0)
                problems.Enqueue("A reader came beside a writer.");
            if (handle.FencingToken <= Volatile.Read(ref last))
                problems.Enqueue("A reader's token is not larger than that of the writer before it.");
            if (!await handle.VerifyAsync())
                problems.Enqueue("A reader's hold was over before it had ended it.");
            Interlocked.Decrement(ref readers);
        }

        async Task WriteAsync(LockClient client)
        {
            await using var handle = await client.AcquireAsync(_key, Patience, options);
            if (Interlocked.Increment(ref writers) > 1 || Volatile.Read(ref readers) > 0)
                problems.Enqueue("A writer came beside somebody.");
            if (handle.FencingToken <= Interlocked.Exchange(ref last, handle.FencingToken))
                problems.Enqueue("A writer's token is not larger than that of the writer before it.");
            if (!await handle.VerifyAsync())
                problems.Enqueue("A writer's hold was over before it had ended it.");
            Interlocked.Decrement(ref writers);
        }
    }

    private Task<LockInfo> WhenUpgradeWaitsAsync() => UpgradeWatch.WhenWaitsAsync(() => _client.GetInfoAsync(_key).AsTask());
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryKindClientTests(MemoryFixture fixture) : KindClientContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisKindClientTests(RedisFixture fixture) : KindClientContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyKindClientTests(FaultyFixture fixture) : KindClientContract(fixture);
