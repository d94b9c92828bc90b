namespace LockGrains.Cluster.Tests;

/// <summary>A lock-delay keeps a lock back whose lease ran out, and nothing else does.</summary>
public abstract class LockDelayContract(ContractFixture fixture) : KindContract(fixture)
{
    [ContractFact]
    public async Task LeaseRanOut_LockIsHeldBackUntilItIsReleased()
    {
        var holder = NewWriter("holder");
        var waiter = NewWriter("waiter");
        AssertGranted(await holder.AcquireAsync(Request(holder)));
        var wait = waiter.WaitAsync();
        await WhenHeldBackAsync();

        // So it is after its activation, and its record with that, has changed hands.
        await Fixture.Cluster.DeactivateAsync(Key);
        var info = await GetInfoAsync();
        Assert.Equal(("holder", TimeSpan.FromSeconds(60)), (info.Holder!.OwnerId, info.Holder.LockDelay));
        Assert.False(wait.IsCompleted);
        await WhenHeldBackAsync();

        await holder.ReleaseAsync();
        AssertGranted(await wait.WithinPatienceAsync("grant after the release"));
    }

    [ContractFact]
    public async Task LeaseRanOut_RenewalKeepsTheLock()
    {
        var holder = NewWriter("holder");
        AssertGranted(await holder.AcquireAsync(Request(holder)));
        await WhenHeldBackAsync();

        Assert.Equal(RenewStatus.Renewed, (await holder.RenewAsync()).Status);
        Assert.Equal("holder", await HoldersAsync());
    }

    [ContractFact]
    public async Task LeaseRanOut_RevocationHandsOverAtOnce()
    {
        var holder = NewWriter("holder");
        var waiter = NewWriter("waiter");
        AssertGranted(await holder.AcquireAsync(Request(holder)));
        var wait = waiter.WaitAsync();
        await WhenHeldBackAsync();

        await holder.RevokeAsync(0);
        AssertGranted(await wait.WithinPatienceAsync("grant after the revocation"));
    }

    private static AcquireRequest Request(Attempt attempt) =>
        attempt.Request with { Lease = TimeSpan.FromSeconds(1), LockDelay = TimeSpan.FromSeconds(60) };

    private Task<LockInfo> WhenHeldBackAsync() => Eventually.BecomesAsync(GetInfoAsync, info => info.Holder is { IsHeldBack: true }, "lock that is held back");
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryLockDelayTests(MemoryFixture fixture) : LockDelayContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisLockDelayTests(RedisFixture fixture) : LockDelayContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyLockDelayTests(FaultyFixture fixture) : LockDelayContract(fixture);
