namespace LockGrains.Cluster.Tests;

/// <summary>What the change of a hold in place promises to whoever calls its grain, whatever storage keeps it.</summary>
public abstract class UpgradeContract(ContractFixture fixture) : KindContract(fixture)
{
    [ContractFact]
    public async Task Upgradeable_ReadersBesideIt_SharesWithThemButNotWithAnotherUpgradeable()
    {
        var (reader, upgradeable, second) = (NewReader("reader"), NewUpgradeable("upgradeable"), NewUpgradeable("second"));
        await reader.TakeAsync();
        await upgradeable.TakeAsync();
        await NewReader("late").TakeAsync();

        AssertDenied(DenyReason.Busy, await second.TryAsync());
        Assert.Equal("reader upgradeable late", await HoldersAsync());
        await second.QueueAsync();
        await upgradeable.ReleaseAsync();
        AssertGranted(await second.WaitAsync());
    }

    [ContractFact]
    public async Task Upgrade_NobodyBesideIt_IsGrantedAtOnceWithALargerToken()
    {
        var upgradeable = NewUpgradeable("upgradeable");
        var token = await upgradeable.TakeAsync();

        var reply = await upgradeable.TryUpgradeAsync(change: 1);

        AssertGranted(reply);
        Assert.True(reply.FencingToken > token);
        Assert.Equal(reply.FencingToken, (await upgradeable.TryUpgradeAsync(change: 1)).FencingToken);
        var holder = Assert.Single((await GetInfoAsync()).Holders);
        Assert.Equal((LockMode.Exclusive, reply.FencingToken), (holder.Mode, holder.FencingToken));
        AssertDenied(DenyReason.Busy, await NewReader("late").TryAsync());
        Assert.Equal(RenewStatus.Renewed, (await upgradeable.RenewAsync()).Status);
        Assert.Equal((VerifyStatus.Current, reply.FencingToken), await VerificationOfAsync(upgradeable));
    }

    [ContractFact]
    public async Task Upgrade_ReaderHoldsAndWriterWaits_WaitsForTheReaderAndGoesBeforeTheWriter()
    {
        var (upgradeable, reader, writer, late) = (NewUpgradeable("upgradeable"), NewReader("reader"), NewWriter("writer"), NewReader("late"));
        await upgradeable.TakeAsync();
        var readersToken = await reader.TakeAsync();
        await writer.QueueAsync();
        Assert.Equal((AcquireStatus.Queued, 1), await PlaceOfUpgradeAsync(upgradeable, change: 1));
        var upgrading = upgradeable.WaitForUpgradeAsync(change: 1);
        var writing = writer.WaitAsync();
        Assert.Equal(WaitObstacle.Upgrade, (await WhenUpgradeWaitsAsync()).FirstWaitsFor);
        AssertDenied(DenyReason.Busy, await late.TryAsync());
        Assert.Equal(VerifyStatus.Current, (await upgradeable.VerifyAsync()).Status);

        await reader.ReleaseAsync();

        var reply = await upgrading.WithinPatienceAsync("upgrade");
        AssertGranted(reply);
        Assert.True(reply.FencingToken > readersToken);
        Assert.Equal("upgradeable", await HoldersAsync());
        Assert.False(writing.IsCompleted);
        await upgradeable.ReleaseAsync();
        var next = await writing.WithinPatienceAsync("grant to the writer");
        AssertGranted(next);
        Assert.True(next.FencingToken > reply.FencingToken);
    }

    [ContractFact]
    public async Task Upgrade_Waits_NobodyComesInMeanwhile()
    {
        var (upgradeable, reader, late) = (NewUpgradeable("upgradeable"), NewReader("reader"), NewReader("late"));
        await upgradeable.TakeAsync();
        await reader.TakeAsync();
        var upgrading = upgradeable.WaitForUpgradeAsync(change: 1);
        await WhenUpgradeWaitsAsync();

        AssertDenied(DenyReason.Busy, await late.TryAsync());

        // A waiting upgrade is not stored: where an activation fails now and then, a reader that waits already may come in before it is asked for again.
        var reading = Fixture.LosesReplies ? null : late.WaitAsync();
        if (reading is not null)
            await WhenAttachedAsync(1);
        await reader.ReleaseAsync();

        AssertGranted(await upgrading.WithinPatienceAsync("upgrade"));
        Assert.Equal("upgradeable", await HoldersAsync());
        reading ??= late.WaitAsync();
        await WhenAttachedAsync(1);
        await upgradeable.DowngradeAsync(change: 2, LockMode.Upgradeable);
        AssertGranted(await reading.WithinPatienceAsync("grant to the reader after the downgrade"));
    }

    [ContractFact]
    public async Task Upgrade_TriedWhileAReaderHolds_IsDeniedAsBusyAndKeepsTheHold()
    {
        var (upgradeable, reader) = (NewUpgradeable("upgradeable"), NewReader("reader"));
        var token = await upgradeable.TakeAsync();
        await reader.TakeAsync();

        AssertDenied(DenyReason.Busy, await upgradeable.TryUpgradeAsync(change: 1));

        var holder = (await GetInfoAsync()).Holders[0];
        Assert.Equal(("upgradeable", LockMode.Upgradeable, token), (holder.OwnerId, holder.Mode, holder.FencingToken));
        Assert.Equal(RenewStatus.Renewed, (await upgradeable.RenewAsync()).Status);
        await NewReader("late").TakeAsync();
    }

    [ContractFact]
    public async Task Upgrade_TimedWaitEnds_IsDeniedAndKeepsTheHoldAndItsLateCopyDoesNothing()
    {
        var (upgradeable, reader) = (NewUpgradeable("upgradeable"), NewReader("reader"));
        var token = await upgradeable.TakeAsync();
        await reader.TakeAsync();

        var reply = await upgradeable.UpgradeAsync(new UpgradeRequest { LeaseId = upgradeable.LeaseId, Change = 1, Wait = TimeSpan.FromMilliseconds(50) });

        // Where the reply was lost, its repetition is told that this upgrade is over.
        Assert.Equal(AcquireStatus.Denied, reply.Status);
        Assert.True(reply.Reason == DenyReason.TimedOut || (Fixture.LosesReplies && reply.Reason == DenyReason.Ended), $"It was denied as {reply.Reason}.");
        await NewReader("late").TakeAsync();
        AssertDenied(DenyReason.Ended, await upgradeable.QueueUpgradeAsync(change: 1));
        Assert.Equal((LockMode.Upgradeable, token), await HoldOfAsync("upgradeable"));
    }

    [ContractFact]
    public async Task CancelUpgrade_Waiting_EndsItAndLetsReadersIn()
    {
        var (upgradeable, reader, late) = (NewUpgradeable("upgradeable"), NewReader("reader"), NewReader("late"));
        var token = await upgradeable.TakeAsync();
        await reader.TakeAsync();
        var upgrading = upgradeable.WaitForUpgradeAsync(change: 1);
        await WhenUpgradeWaitsAsync();
        var reading = late.WaitAsync();
        await WhenAttachedAsync(1);

        var reply = await upgradeable.CancelUpgradeAsync(change: 1);

        Assert.Equal((ChangeStatus.Changed, LockMode.Upgradeable, token), (reply.Status, reply.Mode, reply.FencingToken));
        AssertDenied(DenyReason.Ended, await upgrading.WithinPatienceAsync("end of the upgrade"));
        AssertGranted(await reading.WithinPatienceAsync("grant to the reader"));
        AssertDenied(DenyReason.Ended, await upgradeable.QueueUpgradeAsync(change: 1));
        Assert.Equal("upgradeable reader late", await HoldersAsync());
    }

    [ContractFact]
    public async Task CancelUpgrade_GrantCameFirst_GivesTheExclusivePartBackAndReleasesNothing()
    {
        var (upgradeable, late) = (NewUpgradeable("upgradeable"), NewReader("late"));
        await upgradeable.TakeAsync();
        var token = (await upgradeable.TryUpgradeAsync(change: 1)).FencingToken;
        var reading = late.WaitAsync();
        await WhenAttachedAsync(1);

        var reply = await upgradeable.CancelUpgradeAsync(change: 1);

        Assert.Equal((ChangeStatus.Changed, LockMode.Upgradeable, token), (reply.Status, reply.Mode, reply.FencingToken));
        AssertGranted(await reading.WithinPatienceAsync("grant to the reader"));
        Assert.Equal(LockMode.Upgradeable, (await upgradeable.CancelUpgradeAsync(change: 1)).Mode);
        AssertDenied(DenyReason.Ended, await upgradeable.TryUpgradeAsync(change: 1));
        Assert.Equal(VerifyStatus.Current, (await upgradeable.VerifyAsync()).Status);
    }

    [ContractFact]
    public async Task CancelUpgrade_BeforeItsUpgrade_TurnsTheLateUpgradeAway()
    {
        var upgradeable = NewUpgradeable("upgradeable");
        var token = await upgradeable.TakeAsync();

        Assert.Equal(LockMode.Upgradeable, (await upgradeable.CancelUpgradeAsync(change: 1)).Mode);

        AssertDenied(DenyReason.Ended, await upgradeable.TryUpgradeAsync(change: 1));
        Assert.Equal((LockMode.Upgradeable, token), await HoldOfAsync("upgradeable"));
        AssertGranted(await upgradeable.TryUpgradeAsync(change: 2));
    }

    [ContractFact]
    public async Task CancelUpgrade_OfAHoldThatWasExclusiveAnyhow_LeavesItExclusiveHoweverOftenItComes()
    {
        var writer = NewWriter("writer");
        var token = await writer.TakeAsync();

        Assert.Equal(LockMode.Exclusive, (await writer.CancelUpgradeAsync(change: 1)).Mode);
        Assert.Equal(LockMode.Exclusive, (await writer.CancelUpgradeAsync(change: 1)).Mode);

        Assert.Equal((LockMode.Exclusive, token), await HoldOfAsync("writer"));
    }

    [ContractFact]
    public async Task Downgrade_WriterToReader_LetsReadersInAndKeepsTheQueuedWriterOut()
    {
        var (holder, reader, writer, late) = (NewWriter("holder"), NewReader("reader"), NewWriter("writer"), NewReader("late"));
        var token = await holder.TakeAsync();
        Attempt[] waiters = [reader, writer, late];
        foreach (var waiter in waiters)
            await waiter.QueueAsync();
        var waits = waiters.Select(waiter => waiter.WaitAsync()).ToArray();
        await WhenAttachedAsync(3);

        var reply = await holder.DowngradeAsync(change: 1);

        Assert.Equal((ChangeStatus.Changed, LockMode.Shared, 1, token), (reply.Status, reply.Mode, reply.Permits, reply.FencingToken));
        AssertGranted(await waits[0].WithinPatienceAsync("grant to the reader"));
        Assert.Equal("holder reader", await HoldersAsync());
        Assert.Equal(VerifyStatus.Current, (await holder.VerifyAsync()).Status);
        await holder.ReleaseAsync();
        Assert.False(waits[1].IsCompleted);
        await reader.ReleaseAsync();
        AssertGranted(await waits[1].WithinPatienceAsync("grant to the writer"));
        await writer.ReleaseAsync();
        AssertGranted(await waits[2].WithinPatienceAsync("grant to the late reader"));
    }

    [ContractFact]
    public async Task Changes_OneAfterTheOther_AreNotUndoneByLateCopies()
    {
        var upgradeable = NewUpgradeable("upgradeable");
        await upgradeable.TakeAsync();
        var first = await upgradeable.TryUpgradeAsync(change: 1);
        Assert.Equal(LockMode.Upgradeable, (await upgradeable.DowngradeAsync(change: 2, LockMode.Upgradeable)).Mode);

        AssertDenied(DenyReason.Ended, await upgradeable.TryUpgradeAsync(change: 1));
        Assert.Equal((LockMode.Upgradeable, first.FencingToken), await HoldOfAsync("upgradeable"));
        var second = await upgradeable.TryUpgradeAsync(change: 3);
        AssertGranted(second);
        Assert.True(second.FencingToken > first.FencingToken);
        Assert.Equal((ChangeStatus.Changed, LockMode.Exclusive), await ChangeOfAsync(upgradeable.DowngradeAsync(change: 2, LockMode.Upgradeable)));
        Assert.Equal((ChangeStatus.Changed, LockMode.Exclusive), await ChangeOfAsync(upgradeable.CancelUpgradeAsync(change: 1)));
        Assert.Equal((LockMode.Exclusive, second.FencingToken), await HoldOfAsync("upgradeable"));

        Assert.Equal((ChangeStatus.Changed, LockMode.Shared), await ChangeOfAsync(upgradeable.DowngradeAsync(change: 4)));
        AssertDenied(DenyReason.Invalid, await upgradeable.TryUpgradeAsync(change: 5));
    }

    [ContractFact]
    public async Task Change_OfAHoldThatIsOver_IsToldAndTakesNothing()
    {
        var upgradeable = NewUpgradeable("upgradeable");
        await upgradeable.TakeAsync();
        await upgradeable.ReleaseAsync();
        var token = await NewWriter("next").TakeAsync();

        AssertDenied(DenyReason.NotHeld, await upgradeable.QueueUpgradeAsync(change: 1));
        var (downgrade, cancel) = (await upgradeable.DowngradeAsync(change: 1), await upgradeable.CancelUpgradeAsync(change: 1));
        Assert.Equal((ChangeStatus.NotHeld, EndReason.Released), (downgrade.Status, downgrade.End));
        Assert.Equal((ChangeStatus.NotHeld, EndReason.Released), (cancel.Status, cancel.End));
        Assert.Equal((LockMode.Exclusive, token), await HoldOfAsync("next"));
    }

    [ContractFact]
    public async Task Upgrade_ItsHoldIsRevokedWhileItWaits_EndsWithIt()
    {
        var (upgradeable, reader) = (NewUpgradeable("upgradeable"), NewReader("reader"));
        var token = await upgradeable.TakeAsync();
        await reader.TakeAsync();
        var upgrading = upgradeable.WaitForUpgradeAsync(change: 1);
        await WhenUpgradeWaitsAsync();

        await reader.RevokeAsync(token);

        // It is told why by the next call, when that is certain.
        Assert.Equal(AcquireStatus.Denied, (await upgrading.WithinPatienceAsync("end of the upgrade")).Status);
        AssertDenied(DenyReason.NotHeld, await upgradeable.TryUpgradeAsync(change: 1));
        Assert.Equal("reader", await HoldersAsync());
    }

    private async Task<(LockMode Mode, long Token)> HoldOfAsync(string ownerId)
    {
        var hold = Assert.Single((await GetInfoAsync()).Holders, holder => holder.OwnerId == ownerId);
        return (hold.Mode, hold.FencingToken);
    }

    private static async Task<(AcquireStatus Status, int Place)> PlaceOfUpgradeAsync(Attempt attempt, int change)
    {
        var reply = await attempt.QueueUpgradeAsync(change);
        return (reply.Status, reply.Place);
    }

    private static async Task<(VerifyStatus Status, long Token)> VerificationOfAsync(Attempt attempt)
    {
        var reply = await attempt.VerifyAsync();
        return (reply.Status, reply.LastFencingToken);
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryUpgradeTests(MemoryFixture fixture) : UpgradeContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisUpgradeTests(RedisFixture fixture) : UpgradeContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyUpgradeTests(FaultyFixture fixture) : UpgradeContract(fixture);
