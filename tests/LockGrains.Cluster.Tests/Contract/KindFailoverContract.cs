namespace LockGrains.Cluster.Tests;

/// <summary>
/// What shared, upgradeable and counted holds keep over the end of an activation, in good order and by a crash, whatever storage keeps them.
/// </summary>
public abstract class KindFailoverContract(ContractFixture fixture) : KindContract(fixture)
{
    [ContractFact]
    public async Task Readers_WithAWriterAndAReaderWaiting_KeepHoldsAndOrder()
    {
        var (first, second, writer, late) = (NewReader("first"), NewReader("second"), NewWriter("writer"), NewReader("late"));
        await first.TakeAsync();
        await second.TakeAsync();
        await writer.QueueAsync();
        await late.QueueAsync();

        await AssertOutlivesItsActivationAsync(first);

        AssertDenied(DenyReason.Busy, await NewReader("hasty").TryAsync());
        var (writing, reading) = (writer.WaitAsync(), late.WaitAsync());
        await WhenAttachedAsync(2);
        await first.ReleaseAsync();
        Assert.Equal("second", await HoldersAsync());
        await second.ReleaseAsync();
        AssertGranted(await writing.WithinPatienceAsync("grant to the writer"));
        Assert.False(reading.IsCompleted);
        await writer.ReleaseAsync();
        AssertGranted(await reading.WithinPatienceAsync("grant to the reader"));
    }

    [ContractFact]
    public async Task Permits_WithABigRequestWaiting_KeepTheirNumbersAndItsTurn()
    {
        var (first, second, big) = (NewPermits("first", 1, limit: 4), NewPermits("second", 2, limit: 4), NewPermits("big", 2, limit: 4));
        await first.TakeAsync();
        await second.TakeAsync();
        await first.ReleaseAsync();
        await NewPermits("third", 1, limit: 4).TakeAsync();
        await NewPermits("fourth", 1, limit: 4).TakeAsync();
        await big.QueueAsync();
        Assert.Contains("second: Shared 2/4 [1 2]", await DescribeAsync(), StringComparison.Ordinal);
        Assert.Contains("3 hold 4", await DescribeAsync(), StringComparison.Ordinal);

        await AssertOutlivesItsActivationAsync(second);

        AssertDenied(DenyReason.Busy, await NewPermits("hasty", 1, limit: 4).TryAsync());
        Assert.Equal([1, 2], (await second.TryAsync()).PermitNumbers.AsEnumerable());
        await second.ReleaseAsync();
        Assert.Equal([1, 2], (await big.WaitAsync()).PermitNumbers.AsEnumerable());
    }

    [ContractFact]
    public async Task Upgrade_ActivationEndsBetweenItsCalls_StillGoesBeforeTheQueuedWriter()
    {
        var (upgradeable, reader, writer) = (NewUpgradeable("upgradeable"), NewReader("reader"), NewWriter("writer"));
        await upgradeable.TakeAsync();
        var readersToken = await reader.TakeAsync();
        await writer.QueueAsync();
        Assert.Equal(AcquireStatus.Queued, (await upgradeable.QueueUpgradeAsync(change: 1)).Status);

        await AssertOutlivesItsActivationAsync(reader);

        Assert.Equal(AcquireStatus.Queued, (await upgradeable.QueueUpgradeAsync(change: 1)).Status);
        var (upgrading, writing) = (upgradeable.WaitForUpgradeAsync(change: 1), writer.WaitAsync());
        await WhenUpgradeWaitsAsync();
        await WhenAttachedAsync(1);
        await reader.ReleaseAsync();
        var reply = await upgrading.WithinPatienceAsync("upgrade");
        AssertGranted(reply);
        Assert.True(reply.FencingToken > readersToken);
        Assert.False(writing.IsCompleted);
        await upgradeable.ReleaseAsync();
        AssertGranted(await writing.WithinPatienceAsync("grant to the writer"));
    }

    [ContractFact]
    public async Task Upgrade_ActivationCrashesDuringItsCall_IsGrantedToTheRepetition()
    {
        // Whoever waits through a crash is answered "unknown", and repeats.
        var upgradeable = new Attempt(Grain, "upgradeable", mayBeUnknown: true) { Mode = LockMode.Upgradeable };
        var reader = NewReader("reader");
        await upgradeable.TakeAsync();
        var readersToken = await reader.TakeAsync();
        var upgrading = upgradeable.WaitForUpgradeAsync(change: 1);
        await WhenUpgradeWaitsAsync();

        await CrashAsync(reader);
        await WhenUpgradeWaitsAsync();

        AssertDenied(DenyReason.Busy, await NewReader("late").TryAsync());
        await reader.ReleaseAsync();
        var reply = await upgrading.WithinPatienceAsync("upgrade");
        AssertGranted(reply);
        Assert.True(reply.FencingToken > readersToken);
        Assert.Equal("upgradeable", await HoldersAsync());
    }

    [ContractFact]
    public async Task Upgrade_WrittenAndNeverTold_IsToldToTheRepetitionWithTheSameToken()
    {
        var upgradeable = new Attempt(Grain, "upgradeable", mayBeUnknown: true) { Mode = LockMode.Upgradeable };
        var token = await upgradeable.TakeAsync();
        Probe.FailNextWrites(WriteFault.FailAfter);

        // Its first copy is answered "unknown", though it is in storage.
        var reply = await upgradeable.TryUpgradeAsync(change: 1);

        AssertGranted(reply);
        Assert.True(reply.FencingToken > token);
        var info = await GetInfoAsync();
        Assert.Equal((LockMode.Exclusive, reply.FencingToken, reply.FencingToken), (info.Holder!.Mode, info.Holder.FencingToken, info.LastFencingToken));
    }

    [ContractFact]
    public async Task Upgraded_Hold_StaysExclusiveWithItsToken()
    {
        var (upgradeable, reader) = (NewUpgradeable("upgradeable"), NewReader("reader"));
        await upgradeable.TakeAsync();
        var token = (await upgradeable.TryUpgradeAsync(change: 1)).FencingToken;
        await reader.QueueAsync();

        await AssertOutlivesItsActivationAsync(upgradeable);

        Assert.Equal(token, (await upgradeable.TryUpgradeAsync(change: 1)).FencingToken);
        AssertDenied(DenyReason.Busy, await NewReader("hasty").TryAsync());
        Assert.Equal((ChangeStatus.Changed, LockMode.Shared), await ChangeOfAsync(upgradeable.DowngradeAsync(change: 2)));
        AssertGranted(await reader.WaitAsync());
    }

    [ContractFact]
    public async Task Downgraded_Hold_StaysSharedAndItsLateCopiesDoNothing()
    {
        var (holder, reader, writer) = (NewUpgradeable("holder"), NewReader("reader"), NewWriter("writer"));
        await holder.TakeAsync();
        AssertGranted(await holder.TryUpgradeAsync(change: 1));
        await holder.DowngradeAsync(change: 2);
        await reader.TakeAsync();
        await writer.QueueAsync();

        await AssertOutlivesItsActivationAsync(holder);

        AssertDenied(DenyReason.Ended, await holder.TryUpgradeAsync(change: 1));
        Assert.Equal((ChangeStatus.Changed, LockMode.Shared), await ChangeOfAsync(holder.DowngradeAsync(change: 2)));
        Assert.Equal((ChangeStatus.Changed, LockMode.Shared), await ChangeOfAsync(holder.CancelUpgradeAsync(change: 1)));
        await holder.ReleaseAsync();
        Assert.Equal(AcquireStatus.Queued, (await writer.QueueAsync()).Status);
        await reader.ReleaseAsync();
        AssertGranted(await writer.WaitAsync());
    }

    [ContractFact]
    public async Task Downgraded_Permits_KeepTheNumbersThatAreLeft()
    {
        var (holder, next) = (NewPermits("holder", 3, limit: 3), NewPermits("next", 1, limit: 3));
        await holder.TakeAsync();
        await holder.DowngradeAsync(change: 1, permits: 2);
        await next.TakeAsync();
        Assert.Contains("holder: Shared 2/3 [0 1]", await DescribeAsync(), StringComparison.Ordinal);
        Assert.Contains("next: Shared 1/3 [2]", await DescribeAsync(), StringComparison.Ordinal);

        await AssertOutlivesItsActivationAsync(holder);

        // A repeated acquire is told what is left, too.
        Assert.Equal([0, 1], (await holder.TryAsync()).PermitNumbers.AsEnumerable());
        AssertDenied(DenyReason.Busy, await NewPermits("hasty", 1, limit: 3).TryAsync());
    }

    [ContractFact]
    public async Task CancelledUpgrade_LateCopyAfterTheEndOfTheActivation_IsTurnedAway()
    {
        var upgradeable = NewUpgradeable("upgradeable");
        await upgradeable.TakeAsync();
        await upgradeable.CancelUpgradeAsync(change: 1);

        await AssertOutlivesItsActivationAsync(upgradeable);

        AssertDenied(DenyReason.Ended, await upgradeable.TryUpgradeAsync(change: 1));
        AssertGranted(await upgradeable.TryUpgradeAsync(change: 2));
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryKindFailoverTests(MemoryFixture fixture) : KindFailoverContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisKindFailoverTests(RedisFixture fixture) : KindFailoverContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyKindFailoverTests(FaultyFixture fixture) : KindFailoverContract(fixture);
