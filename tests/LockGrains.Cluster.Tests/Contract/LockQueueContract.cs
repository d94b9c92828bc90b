namespace LockGrains.Cluster.Tests;

/// <summary>What a mutex promises to those who wait for it: their order, and their places over the end of an activation.</summary>
public abstract class LockQueueContract(ContractFixture fixture, MutexKind kind = MutexKind.Exclusive) : IAsyncLifetime
{
    private readonly string _key = LockCluster.NewKey("queue");

    private ILockGrain Grain => fixture.Cluster.GetLock(_key);

    public Task InitializeAsync() => kind.PrepareAsync(Grain, fixture.LosesReplies);

    public Task DisposeAsync() => Task.CompletedTask;

    [ContractFact]
    public async Task Queue_ManyWaiters_TellsEachItsPlace()
    {
        await NewAttempt("holder").TakeAsync();

        var replies = new List<AcquireReply>();
        for (var place = 1; place <= 10; place++)
            replies.Add(await NewAttempt($"waiter {place}").QueueAsync());

        Assert.All(replies, reply => Assert.Equal(AcquireStatus.Queued, reply.Status));
        Assert.Equal(Enumerable.Range(1, 10), replies.Select(reply => reply.Place));
        Assert.Equal(Enumerable.Range(1, 10), replies.Select(reply => reply.QueueLength));
    }

    [ContractFact]
    public async Task Queue_ManyWaitersComeBackInAnyOrder_AreGrantedInTheOrderOfTheirArrival()
    {
        var holder = NewAttempt("holder");
        await holder.TakeAsync();
        var waiters = await QueueAsync(40);

        var grants = ServeInAnyOrderAsync(waiters);
        await holder.ReleaseAsync();

        AssertServedInOrder(await grants);
    }

    [ContractFact]
    public async Task Queue_ActivationEnds_KeepsThePlaces()
    {
        await NewAttempt("holder").TakeAsync();
        var waiters = await QueueAsync(5);

        await fixture.Cluster.DeactivateAsync(_key);

        foreach (var (waiter, place) in waiters.Reverse().Select((waiter, index) => (waiter, 5 - index)))
            Assert.Equal(place, (await waiter.QueueAsync()).Place);
    }

    [ContractFact]
    public async Task Queue_ActivationEndsBetweenGrants_IsServedInItsOldOrder()
    {
        var holder = NewAttempt("holder");
        await holder.TakeAsync();
        var waiters = await QueueAsync(12);
        await fixture.Cluster.DeactivateAsync(_key);

        var grants = ServeInAnyOrderAsync(waiters);
        await holder.ReleaseAsync();

        AssertServedInOrder(await grants);
    }

    [ContractFact]
    public async Task Queue_WaiterCancels_MovesTheOthersUp()
    {
        await NewAttempt("holder").TakeAsync();
        var waiters = await QueueAsync(3);

        await waiters[1].CancelAsync();

        Assert.Equal(2, (await waiters[2].QueueAsync()).Place);
        Assert.Equal(["waiter 1", "waiter 3"], (await waiters[0].GetInfoAsync()).Waiters.Select(waiter => waiter.OwnerId));
    }

    [ContractFact]
    public async Task Token_OverManyActivations_AlwaysGrows()
    {
        long last = 0;
        for (var round = 0; round < 6; round++)
        {
            var attempt = NewAttempt($"round {round}");
            var token = await attempt.TakeAsync();
            Assert.True(token > last, $"In round {round} the token {token} followed {last}.");
            last = token;
            await attempt.ReleaseAsync();
            await fixture.Cluster.DeactivateAsync(_key);
        }
    }

    [ContractFact]
    public async Task Hold_ActivationIsCollected_StaysCurrentWithItsToken()
    {
        var holder = NewAttempt("holder");
        var token = await holder.TakeAsync();

        var ended = fixture.Cluster.ActivationOf(_key).Deactivated;
        await fixture.Cluster.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        await ended.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((VerifyStatus.Current, token), await VerificationOfAsync(holder));
        Assert.Equal(RenewStatus.Renewed, (await holder.RenewAsync()).Status);
        Assert.Equal(DenyReason.Busy, (await NewAttempt("second").TryAsync()).Reason);
        await holder.ReleaseAsync();
        Assert.True(await NewAttempt("second").TakeAsync() > token);
    }

    [ContractFact]
    public async Task Token_RecordLostBetweenActivations_StillGrows()
    {
        var token = await NewAttempt("before").TakeAsync();
        await fixture.Cluster.DeactivateAsync(_key);
        await fixture.LoseRecordsAsync(_key);
        await ClockMovesOnAsync();

        Assert.True(await NewAttempt("after").TakeAsync() > token);
    }

    [ContractFact]
    public async Task Token_RecordLostUnderALiveActivation_IsNoticedAndStillGrows()
    {
        var before = NewAttempt("before");
        var token = await before.TakeAsync();
        await fixture.LoseRecordsAsync(_key);
        await ClockMovesOnAsync();

        // The activation finds the loss when it next asks the storage; it must not go on from its memory.
        var renewal = await fixture.Cluster.GetLock(_key).RenewAsync(before.LeaseId);
        Assert.Equal(RenewStatus.Unknown, renewal.Status);
        if (!fixture.LosesReplies)
            Assert.Contains("has another ETag than expected", renewal.Detail, StringComparison.Ordinal);
        Assert.Equal(VerifyStatus.NotHeld, (await before.VerifyAsync()).Status);
        Assert.True(await NewAttempt("after").TakeAsync() > token);
    }

    /// <summary>
    /// Where the record is lost the tokens lean on the clock; in one process all of this can happen within its smallest step.
    /// </summary>
    private static Task<long> ClockMovesOnAsync()
    {
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        return Eventually.BecomesAsync(
            () => Task.FromResult(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()),
            now => now > before,
            "later millisecond");
    }

    private Attempt NewAttempt(string ownerId) => kind.NewAttempt(Grain, ownerId, fixture.LosesReplies);

    private async Task<Attempt[]> QueueAsync(int count)
    {
        var waiters = Enumerable.Range(1, count).Select(number => NewAttempt($"waiter {number}")).ToArray();
        foreach (var waiter in waiters)
            Assert.Equal(AcquireStatus.Queued, (await waiter.QueueAsync()).Status);
        return waiters;
    }

    /// <summary>Lets all wait at the same time; each releases as soon as it is granted.</summary>
    private static async Task<(Attempt Waiter, long Token)[]> ServeInAnyOrderAsync(Attempt[] waiters)
    {
        var order = (Attempt[])waiters.Clone();
        new Random(42).Shuffle(order);
        var tokens = (await Task.WhenAll(order.Select(ServeAsync))).ToDictionary();
        return [.. waiters.Select(waiter => (waiter, tokens[waiter]))];

        static async Task<KeyValuePair<Attempt, long>> ServeAsync(Attempt waiter)
        {
            var reply = await waiter.WaitAsync();
            Assert.Equal(AcquireStatus.Granted, reply.Status);
            Assert.Equal(ReleaseStatus.Released, (await waiter.ReleaseAsync()).Status);
            return new(waiter, reply.FencingToken);
        }
    }

    private static void AssertServedInOrder((Attempt Waiter, long Token)[] grants) =>
        Assert.Equal(
            grants.Select(grant => grant.Waiter.OwnerId),
            grants.OrderBy(grant => grant.Token).Select(grant => grant.Waiter.OwnerId));

    private static async Task<(VerifyStatus Status, long LastToken)> VerificationOfAsync(Attempt attempt)
    {
        var reply = await attempt.VerifyAsync();
        return (reply.Status, reply.LastFencingToken);
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryLockQueueTests(MemoryFixture fixture) : LockQueueContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisLockQueueTests(RedisFixture fixture) : LockQueueContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyLockQueueTests(FaultyFixture fixture) : LockQueueContract(fixture);
