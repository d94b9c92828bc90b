namespace LockGrains.Cluster.Tests;

/// <summary>What a reader-writer lock promises to whoever calls its grain, whatever storage keeps it.</summary>
public abstract class SharedLockContract(ContractFixture fixture) : KindContract(fixture)
{
    [ContractFact]
    public async Task Readers_OfAFreeLock_HoldItSideBySide()
    {
        var (first, second) = (NewReader("first"), NewReader("second"));
        var firstToken = await first.TakeAsync();
        var secondToken = await second.TakeAsync();

        Assert.True(secondToken > firstToken);
        Assert.Equal(VerifyStatus.Current, (await first.VerifyAsync()).Status);
        Assert.Equal(VerifyStatus.Current, (await second.VerifyAsync()).Status);
        var info = await GetInfoAsync();
        Assert.Equal((2, 2L, "first"), (info.HolderCount, info.PermitsTaken, info.Holder!.OwnerId));
        Assert.Equal([("first", firstToken), ("second", secondToken)], info.Holders.Select(holder => (holder.OwnerId, holder.FencingToken)));
        Assert.All(info.Holders, holder => Assert.Equal((LockMode.Shared, 1, (int?)null), (holder.Mode, holder.Permits, holder.Limit)));
        Assert.All(info.Holders, holder => Assert.Empty(holder.PermitNumbers));
    }

    [ContractFact]
    public async Task Reader_SameLeaseIdAgain_IsGrantedTheSameHold()
    {
        var reader = NewReader("reader");
        var token = await reader.TakeAsync();

        Assert.Equal(token, await reader.TakeAsync());
        Assert.Equal(1, (await GetInfoAsync()).HolderCount);
    }

    [ContractFact]
    public async Task Reader_WriterHolds_WaitsForIt()
    {
        var (writer, reader) = (NewWriter("writer"), NewReader("reader"));
        var token = await writer.TakeAsync();
        AssertDenied(DenyReason.Busy, await NewReader("hasty").TryAsync());
        Assert.Equal((AcquireStatus.Queued, 1), await PlaceOfAsync(reader));

        await writer.ReleaseAsync();

        var reply = await reader.WaitAsync();
        AssertGranted(reply);
        Assert.True(reply.FencingToken > token);
    }

    [ContractFact]
    public async Task Writer_ReadersHold_WaitsForAllOfThemAndKeepsLaterReadersOut()
    {
        var (first, second, writer, late) = (NewReader("first"), NewReader("second"), NewWriter("writer"), NewReader("late"));
        await first.TakeAsync();
        var token = await second.TakeAsync();
        Assert.Equal((AcquireStatus.Queued, 1), await PlaceOfAsync(writer));
        AssertDenied(DenyReason.Busy, await late.TryAsync());
        Assert.Equal((AcquireStatus.Queued, 2), await PlaceOfAsync(late));
        Assert.Equal(WaitObstacle.Holders, (await GetInfoAsync()).FirstWaitsFor);

        await first.ReleaseAsync();
        Assert.Equal((AcquireStatus.Queued, 1), await PlaceOfAsync(writer));
        var reading = late.WaitAsync();
        await WhenAttachedAsync(1);
        Assert.Equal("second", await HoldersAsync());
        await second.ReleaseAsync();
        var reply = await writer.WaitAsync();

        AssertGranted(reply);
        Assert.True(reply.FencingToken > token);
        Assert.Equal("writer", await HoldersAsync());
        Assert.False(reading.IsCompleted);
        await writer.ReleaseAsync();
        AssertGranted(await reading.WithinPatienceAsync("grant to the late reader"));
    }

    [ContractFact]
    public Task Readers_WaitBehindAWriter_ComeInTogetherWithOneWrite() => AssertCostsOneWriteAsync(async () =>
    {
        const int Readers = 8;
        var writer = NewWriter("writer");
        await writer.TakeAsync();
        var readers = Enumerable.Range(1, Readers).Select(number => NewReader($"{number}")).ToArray();
        foreach (var (index, reader) in readers.Index())
            Assert.Equal((AcquireStatus.Queued, index + 1), await PlaceOfAsync(reader));
        var waits = readers.Select(reader => reader.WaitAsync()).ToArray();
        await WhenAttachedAsync(Readers);
        var writes = Probe.Writes;

        await writer.ReleaseAsync();

        var grants = await Task.WhenAll(waits).WithinPatienceAsync("grants to all readers");
        var cost = Probe.Writes - writes;
        Assert.All(grants, AssertGranted);
        Assert.Equal("1 2 3 4 5 6 7 8", await HoldersAsync());
        Assert.Equal(grants.Select(grant => grant.FencingToken), grants.Select(grant => grant.FencingToken).Distinct().Order());
        return (cost, readers);
    });

    [ContractFact]
    public async Task Readers_WaitOnBothSidesOfAWriter_DoNotPassIt()
    {
        var holder = NewWriter("holder");
        await holder.TakeAsync();
        Attempt[] waiters = [NewReader("1"), NewReader("2"), NewWriter("3"), NewReader("4")];
        foreach (var waiter in waiters)
            await waiter.QueueAsync();
        var waits = waiters.Select(waiter => waiter.WaitAsync()).ToArray();
        await WhenAttachedAsync(4);

        await holder.ReleaseAsync();
        AssertGranted(await waits[0].WithinPatienceAsync("grant to the first reader"));
        AssertGranted(await waits[1].WithinPatienceAsync("grant to the second reader"));
        Assert.Equal("1 2", await HoldersAsync());
        await waiters[0].ReleaseAsync();
        await waiters[1].ReleaseAsync();
        AssertGranted(await waits[2].WithinPatienceAsync("grant to the writer"));
        Assert.Equal("3", await HoldersAsync());
        await waiters[2].ReleaseAsync();
        AssertGranted(await waits[3].WithinPatienceAsync("grant to the last reader"));
    }

    [ContractFact]
    public async Task Reader_WriterBeforeItGivesUp_ComesIn()
    {
        var (holder, writer, reader) = (NewReader("holder"), NewWriter("writer"), NewReader("reader"));
        await holder.TakeAsync();
        await writer.QueueAsync();
        var reading = reader.WaitAsync();
        await WhenAttachedAsync(1);

        Assert.Equal(CancelStatus.Cancelled, (await writer.CancelAsync()).Status);

        AssertGranted(await reading.WithinPatienceAsync("grant to the reader"));
        Assert.Equal("holder reader", await HoldersAsync());
    }

    [ContractFact]
    public async Task Release_OfOneReader_LeavesTheOthersAndMayBeRepeated()
    {
        var (first, second) = (NewReader("first"), NewReader("second"));
        await first.TakeAsync();
        await second.TakeAsync();

        Assert.Equal(ReleaseStatus.Released, (await first.ReleaseAsync()).Status);
        Assert.Equal(ReleaseStatus.Released, (await first.ReleaseAsync()).Status);

        Assert.Equal("second", await HoldersAsync());
        Assert.Equal(RenewStatus.Renewed, (await second.RenewAsync()).Status);
        var renewal = await first.RenewAsync();
        Assert.Equal((RenewStatus.NotHeld, EndReason.Released), (renewal.Status, renewal.End));
        AssertDenied(DenyReason.Ended, await first.TryAsync());
    }

    [ContractFact]
    public async Task Revoke_WithOneReadersToken_EndsThatHoldAlone()
    {
        var (first, second) = (NewReader("first"), NewReader("second"));
        var token = await first.TakeAsync();
        await second.TakeAsync();

        var reply = await first.RevokeAsync(token);

        if (!Fixture.LosesReplies)
            Assert.Equal((RevokeStatus.Revoked, token, 1), (reply.Status, reply.FencingToken, reply.Count));
        Assert.Equal(EndReason.Revoked, (await first.RenewAsync()).End);
        Assert.Equal("second", await HoldersAsync());
    }

    [ContractFact]
    public async Task Revoke_WithoutAToken_EndsAllHoldsAndHandsOn()
    {
        var (first, second, writer) = (NewReader("first"), NewReader("second"), NewWriter("writer"));
        await first.TakeAsync();
        var token = await second.TakeAsync();
        await writer.QueueAsync();

        var reply = await first.RevokeAsync(0);

        if (!Fixture.LosesReplies)
            Assert.Equal((RevokeStatus.Revoked, token, 2), (reply.Status, reply.FencingToken, reply.Count));
        Assert.Equal(EndReason.Revoked, (await first.RenewAsync()).End);
        Assert.Equal(EndReason.Revoked, (await second.RenewAsync()).End);
        AssertGranted(await writer.WaitAsync());
    }

    [ContractFact]
    public async Task Acquire_SameLeaseIdForAnotherOwnerOrMode_IsDeniedAsInvalidAndNamesTheOwner()
    {
        var (reader, waiter) = (NewReader("reader"), NewWriter("waiter"));
        await reader.TakeAsync();
        await waiter.QueueAsync();

        await AssertBelongsToAnotherAsync(reader.Request with { OwnerId = "thief" }, "'reader' (Shared");
        await AssertBelongsToAnotherAsync(reader.Request with { Mode = LockMode.Exclusive }, "'reader' (Shared");
        await AssertBelongsToAnotherAsync(reader.Request with { Permits = 2, Limit = 3 }, "'reader' (Shared");
        await AssertBelongsToAnotherAsync(waiter.Request with { Mode = LockMode.Shared }, "'waiter' (Exclusive)");
        Assert.Equal("reader", await HoldersAsync());
    }

    private async Task AssertBelongsToAnotherAsync(AcquireRequest request, string mention)
    {
        var reply = await NewReader("thief").AcquireAsync(request);
        AssertDenied(DenyReason.Invalid, reply);
        Assert.Contains(mention, reply.Detail, StringComparison.Ordinal);
    }

    private static async Task<(AcquireStatus Status, int Place)> PlaceOfAsync(Attempt attempt)
    {
        var reply = await attempt.QueueAsync();
        return (reply.Status, reply.Place);
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemorySharedLockTests(MemoryFixture fixture) : SharedLockContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisSharedLockTests(RedisFixture fixture) : SharedLockContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultySharedLockTests(FaultyFixture fixture) : SharedLockContract(fixture);
