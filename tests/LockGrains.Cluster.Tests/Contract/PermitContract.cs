using System.Collections.Concurrent;

namespace LockGrains.Cluster.Tests;

/// <summary>What a semaphore promises to whoever calls its grain, whatever storage keeps it.</summary>
public abstract class PermitContract(ContractFixture fixture) : KindContract(fixture)
{
    [ContractFact]
    public async Task Permits_OfAFreeLock_HaveTheLowestNumbers()
    {
        var (first, second) = (NewPermits("first", 1, limit: 4), NewPermits("second", 2, limit: 4));

        Assert.Equal([0], (await first.TryAsync()).PermitNumbers.AsEnumerable());
        Assert.Equal([1, 2], (await second.TryAsync()).PermitNumbers.AsEnumerable());

        // A repetition is told the same ones.
        Assert.Equal([1, 2], (await second.TryAsync()).PermitNumbers.AsEnumerable());
        var info = await GetInfoAsync();
        Assert.Equal((2, 3L), (info.HolderCount, info.PermitsTaken));
        Assert.Equal((LockMode.Shared, 2, (int?)4), (info.Holders[1].Mode, info.Holders[1].Permits, info.Holders[1].Limit));
        Assert.Equal([1, 2], info.Holders[1].PermitNumbers.AsEnumerable());
    }

    [ContractFact]
    public async Task Permits_AllAreTaken_NextOneWaitsAndGetsTheNumberThatIsGivenBack()
    {
        Attempt[] holders = [NewPermits("0", 1, limit: 3), NewPermits("1", 1, limit: 3), NewPermits("2", 1, limit: 3)];
        foreach (var holder in holders)
            await holder.TakeAsync();
        var waiter = NewPermits("waiter", 1, limit: 3);
        AssertDenied(DenyReason.Busy, await waiter.TryAsync());
        await waiter.QueueAsync();
        Assert.Equal(WaitObstacle.Limit, (await GetInfoAsync()).FirstWaitsFor);

        await holders[1].ReleaseAsync();

        var reply = await waiter.WaitAsync();
        AssertGranted(reply);
        Assert.Equal([1], reply.PermitNumbers.AsEnumerable());
        Assert.Equal("0 2 waiter", await HoldersAsync());
    }

    [ContractFact]
    public async Task Permits_BigRequestWaits_IsServedInItsTurn()
    {
        var (first, second, big, small) = (NewPermits("first", 1, limit: 3), NewPermits("second", 1, limit: 3), NewPermits("big", 3, limit: 3), NewPermits("small", 1, limit: 3));
        await first.TakeAsync();
        await second.TakeAsync();
        Assert.Equal(1, (await big.QueueAsync()).Place);

        // One permit is free, but it is not the small one's turn.
        AssertDenied(DenyReason.Busy, await small.TryAsync());
        Assert.Equal(2, (await small.QueueAsync()).Place);
        var (bigWait, smallWait) = (big.WaitAsync(), small.WaitAsync());
        await WhenAttachedAsync(2);
        await first.ReleaseAsync();
        Assert.Equal("second", await HoldersAsync());
        await second.ReleaseAsync();

        var reply = await bigWait.WithinPatienceAsync("grant of three permits");
        AssertGranted(reply);
        Assert.Equal([0, 1, 2], reply.PermitNumbers.AsEnumerable());
        Assert.Equal("big", await HoldersAsync());
        Assert.False(smallWait.IsCompleted);
        await big.ReleaseAsync();
        AssertGranted(await smallWait.WithinPatienceAsync("grant of one permit"));
    }

    [ContractFact]
    public Task Permits_AdjacentRequestsFit_ComeInTogetherWithOneWrite() => AssertCostsOneWriteAsync(async () =>
    {
        var holder = NewPermits("holder", 3, limit: 3);
        await holder.TakeAsync();
        Attempt[] waiters = [NewPermits("1", 1, limit: 3), NewPermits("2", 2, limit: 3), NewPermits("3", 1, limit: 3)];
        foreach (var waiter in waiters)
            await waiter.QueueAsync();
        var waits = waiters.Select(waiter => waiter.WaitAsync()).ToArray();
        await WhenAttachedAsync(3);
        var writes = Probe.Writes;

        await holder.ReleaseAsync();

        var grants = await Task.WhenAll(waits[..2]).WithinPatienceAsync("grants of those that fit");
        var cost = Probe.Writes - writes;
        Assert.All(grants, AssertGranted);
        Assert.Equal([0, 1, 2], grants.SelectMany(grant => grant.PermitNumbers).Order());
        Assert.Equal("1 2", await HoldersAsync());
        Assert.False(waits[2].IsCompleted);
        await waiters[0].ReleaseAsync();
        AssertGranted(await waits[2].WithinPatienceAsync("grant of the last permit"));
        return (cost, waiters);
    });

    [ContractFact]
    public async Task Permits_ManyContendersOfSeveralSizes_NeverExceedTheLimitAndEachNumberHasOneHolder()
    {
        const int Limit = 4;
        var taken = 0;
        var numbers = new ConcurrentDictionary<int, string>();
        await Task.WhenAll(Enumerable.Range(1, 9).Select(contender => Task.Run(() => ContendAsync($"contender {contender}", 1 + (contender % 3)))));

        Assert.Equal(0, taken);
        Assert.Equal(0, (await GetInfoAsync()).HolderCount);

        async Task ContendAsync(string ownerId, int permits)
        {
            for (var round = 0; round < 6; round++)
            {
                var attempt = NewPermits(ownerId, permits, Limit);
                var reply = await attempt.WaitAsync();
                AssertGranted(reply);
                Assert.InRange(Interlocked.Add(ref taken, permits), 1, Limit);
                Assert.Equal(permits, reply.PermitNumbers.Length);
                foreach (var number in reply.PermitNumbers)
                    Assert.True(number is >= 0 and < Limit && numbers.TryAdd(number, ownerId), $"The permit {number} has two holders.");

                // A round trip in the section: whoever came in beside it would be seen.
                Assert.Equal(VerifyStatus.Current, (await attempt.VerifyAsync()).Status);
                Interlocked.Add(ref taken, -permits);
                foreach (var number in reply.PermitNumbers)
                    Assert.True(numbers.TryRemove(number, out _));
                Assert.Equal(ReleaseStatus.Released, (await attempt.ReleaseAsync()).Status);
            }
        }
    }

    /// <summary>A rolling deployment may bring a new limit while holds of the old one go on.</summary>
    [ContractFact]
    public async Task Permits_RequestsOfSeveralLimits_GoEachByItsOwn()
    {
        var (first, wide, narrow) = (NewPermits("first", 2, limit: 2), NewPermits("wide", 1, limit: 3), NewPermits("narrow", 1, limit: 2));
        await first.TakeAsync();
        AssertDenied(DenyReason.Busy, await narrow.TryAsync());

        Assert.Equal([2], (await wide.TryAsync()).PermitNumbers.AsEnumerable());

        await narrow.QueueAsync();
        await wide.ReleaseAsync();
        Assert.Equal(AcquireStatus.Queued, (await narrow.QueueAsync()).Status);
        await first.ReleaseAsync();
        AssertGranted(await narrow.WaitAsync());
    }

    [ContractFact]
    public async Task Permits_WriterAndReaderBesideThem_AreCountedByTheSameRule()
    {
        var (permit, reader, writer) = (NewPermits("permit", 2, limit: 3), NewReader("reader"), NewWriter("writer"));
        await permit.TakeAsync();

        // A reader is one permit without a limit.
        await reader.TakeAsync();
        AssertDenied(DenyReason.Busy, await NewPermits("hasty", 1, limit: 3).TryAsync());
        await writer.QueueAsync();
        await reader.ReleaseAsync();
        Assert.Equal(AcquireStatus.Queued, (await writer.QueueAsync()).Status);
        await permit.ReleaseAsync();

        AssertGranted(await writer.WaitAsync());
        AssertDenied(DenyReason.Busy, await NewPermits("late", 1, limit: 1_000).TryAsync());
    }

    [ContractFact]
    public async Task Permits_LimitAboveTheNumbered_HaveNoNumbersAndAreCounted()
    {
        var (first, second) = (NewPermits("first", 4_000, limit: 4_097), NewPermits("second", 97, limit: 4_097));

        Assert.Empty((await first.TryAsync()).PermitNumbers);
        Assert.Empty((await second.TryAsync()).PermitNumbers);

        AssertDenied(DenyReason.Busy, await NewPermits("third", 1, limit: 4_097).TryAsync());
        Assert.Equal(4_097, (await GetInfoAsync()).PermitsTaken);
        Assert.Equal([0], (await AloneAsync(limit: 4_096)).PermitNumbers.AsEnumerable());
    }

    [ContractFact]
    public async Task Downgrade_ToFewerPermits_KeepsTheLowestNumbersAndLetsTheNextIn()
    {
        var (holder, waiter) = (NewPermits("holder", 3, limit: 3), NewPermits("waiter", 2, limit: 3));
        var token = await holder.TakeAsync();
        var waiting = waiter.WaitAsync();
        await WhenAttachedAsync(1);

        var reply = await holder.DowngradeAsync(change: 1, permits: 1);

        Assert.Equal((ChangeStatus.Changed, LockMode.Shared, 1, token), (reply.Status, reply.Mode, reply.Permits, reply.FencingToken));
        var granted = await waiting.WithinPatienceAsync("grant of the permits that were given back");
        AssertGranted(granted);
        Assert.Equal([1, 2], granted.PermitNumbers.AsEnumerable());
        Assert.Equal([0], (await GetInfoAsync()).Holders[0].PermitNumbers.AsEnumerable());

        // A late copy of the downgrade gives nothing back.
        Assert.Equal(1, (await holder.DowngradeAsync(change: 1, permits: 1)).Permits);
        Assert.Equal(3, (await GetInfoAsync()).PermitsTaken);
    }

    private async Task<AcquireReply> AloneAsync(int limit)
    {
        var attempt = new Attempt(Fixture.Cluster.GetLock(LockCluster.NewKey("alone")), "alone", Fixture.LosesReplies) { Mode = LockMode.Shared, Limit = limit };
        return await attempt.TryAsync();
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryPermitTests(MemoryFixture fixture) : PermitContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisPermitTests(RedisFixture fixture) : PermitContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyPermitTests(FaultyFixture fixture) : PermitContract(fixture);
