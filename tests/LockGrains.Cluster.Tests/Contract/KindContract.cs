namespace LockGrains.Cluster.Tests;

/// <summary>What the contracts of shared, upgradeable and counted holds do alike: who asks, what a lock shows, how its activation ends.</summary>
public abstract class KindContract(ContractFixture fixture)
{
    private const int RoundsMax = 5;

    protected string Key { get; private set; } = LockCluster.NewKey("kind");

    protected ContractFixture Fixture => fixture;

    protected ILockGrain Grain => fixture.Cluster.GetLock(Key);

    protected KeyProbe Probe => fixture.Cluster.Probe[Key];

    protected Attempt NewReader(string ownerId) => new(Grain, ownerId, fixture.LosesReplies) { Mode = LockMode.Shared };

    protected Attempt NewWriter(string ownerId) => new(Grain, ownerId, fixture.LosesReplies);

    protected Attempt NewUpgradeable(string ownerId) => new(Grain, ownerId, fixture.LosesReplies) { Mode = LockMode.Upgradeable };

    protected Attempt NewPermits(string ownerId, int permits, int limit) =>
        new(Grain, ownerId, fixture.LosesReplies) { Mode = LockMode.Shared, Permits = permits, Limit = limit };

    protected Task<LockInfo> GetInfoAsync() => NewReader("nobody").GetInfoAsync();

    /// <summary>The owners of the holds, in the order of their grants.</summary>
    protected async Task<string> HoldersAsync() => string.Join(" ", (await GetInfoAsync()).Holders.Select(holder => holder.OwnerId));

    /// <summary>All that must outlive an activation: the holds with their tokens, and the queue in its order.</summary>
    protected async Task<string> DescribeAsync()
    {
        var info = await GetInfoAsync();
        var holders = info.Holders.Select(holder =>
            $"{holder.OwnerId}: {holder.Mode} {holder.Permits}/{holder.Limit} [{string.Join(" ", holder.PermitNumbers)}], token {holder.FencingToken}, lease {holder.Lease}");
        var waiters = info.Waiters.Where(waiter => waiter.Ticket > 0).Select(waiter =>
            $"{waiter.OwnerId}: {waiter.Mode} {waiter.Permits}/{waiter.Limit}, ticket {waiter.Ticket}");
        return string.Join(Environment.NewLine, [.. holders, $"{info.HolderCount} hold {info.PermitsTaken}", .. waiters]);
    }

    /// <summary>Ends the activation twice, in good order and then by a crash, and asserts that the lock is as before each time.</summary>
    /// <param name="holder">A hold that the crash is brought about with.</param>
    protected async Task AssertOutlivesItsActivationAsync(Attempt holder)
    {
        var before = await DescribeAsync();
        await fixture.Cluster.DeactivateAsync(Key);
        Assert.Equal(before, await DescribeAsync());

        await CrashAsync(holder);
        Assert.Equal(before, await DescribeAsync());
    }

    /// <summary>Ends the activation by a write that fails: what it only knew from memory is gone, and who waits is answered "unknown".</summary>
    /// <param name="holder">The hold whose renewal is the write.</param>
    protected async Task CrashAsync(Attempt holder)
    {
        var isActive = fixture.Cluster.Inner.TryGetGrainContext(Grain.GetGrainId(), out var activation);
        Probe.FailNextWrites(WriteFault.FailBefore);
        await Grain.RenewAsync(holder.LeaseId);
        if (isActive)
            await activation!.Deactivated.WithinPatienceAsync("end of the activation");
    }

    /// <summary>Returns once so many waiters stand in the queue, each in a call.</summary>
    protected Task WhenAttachedAsync(int count) => Eventually.BecomesAsync(
        async () => (await GetInfoAsync()).Waiters.Count(waiter => waiter.Attached && waiter.Ticket > 0), attached => attached == count, $"{count} waiters in calls");

    /// <summary>Returns once an upgrade waits in a call.</summary>
    protected Task<LockInfo> WhenUpgradeWaitsAsync() => UpgradeWatch.WhenWaitsAsync(GetInfoAsync);

    /// <summary>
    /// Asserts that those who wait are granted a lock with one write. On a machine that stalls for a slice a waiter's call ends, and who calls again
    /// may be granted it with a write of its own: such a round proves nothing, and the next one is played with another key.
    /// </summary>
    /// <param name="play">Plays a round, and says what the grants cost and who waited.</param>
    protected async Task AssertCostsOneWriteAsync(Func<Task<(int Writes, Attempt[] Waiters)>> play)
    {
        for (var round = 1; ; round++)
        {
            var (writes, waiters) = await play();

            // Writes that fail are repeated there.
            if (fixture.LosesReplies)
                return;
            if (waiters.All(waiter => waiter.CallsAgain == 0))
            {
                Assert.Equal(1, writes);
                return;
            }

            Assert.True(round < RoundsMax, $"In each of {RoundsMax} rounds the call of a waiter ended.");
            Key = LockCluster.NewKey("kind");
        }
    }

    /// <summary>What became of a change.</summary>
    protected static async Task<(ChangeStatus Status, LockMode Mode)> ChangeOfAsync(Task<ChangeReply> change)
    {
        var reply = await change;
        return (reply.Status, reply.Mode);
    }

    protected static void AssertGranted(AcquireReply reply) => Assert.True(
        reply.Status == AcquireStatus.Granted, $"It was not granted but {reply.Status} {reply.Reason}: {reply.Detail}");

    protected static void AssertDenied(DenyReason reason, AcquireReply reply) =>
        Assert.Equal((AcquireStatus.Denied, reason), (reply.Status, reply.Reason));
}
