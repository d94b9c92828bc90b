namespace LockGrains.Cluster.Tests;

/// <summary>What a mutex promises to whoever calls its grain, whatever storage keeps it, and in whichever way it is one.</summary>
public abstract class LockGrainContract(ContractFixture fixture, MutexKind kind = MutexKind.Exclusive) : IAsyncLifetime
{
    private readonly string _key = LockCluster.NewKey("grain");

    private ILockGrain Grain => fixture.Cluster.GetLock(_key);

    public Task InitializeAsync() => kind.PrepareAsync(Grain, fixture.LosesReplies);

    public Task DisposeAsync() => Task.CompletedTask;

    [ContractFact]
    public async Task Acquire_FreeLock_IsGrantedWithTokenAndFullLease()
    {
        var attempt = NewAttempt("first");

        var reply = await attempt.TryAsync();

        Assert.Equal(AcquireStatus.Granted, reply.Status);
        Assert.True(reply.FencingToken > 0);
        Assert.Equal(attempt.Lease, reply.Lease);
        Assert.True(reply.ValidFor > TimeSpan.Zero, $"It is valid for {reply.ValidFor}.");
    }

    [ContractFact]
    public async Task Info_OfAKeyThatWasNeverUsed_HasNoTokenAndNobody()
    {
        var info = await new Attempt(fixture.Cluster.GetLock(LockCluster.NewKey("unused")), "nobody", fixture.LosesReplies).GetInfoAsync();

        Assert.Equal((true, 0L, 0), (info.Known, info.LastFencingToken, info.QueueLength));
        Assert.Null(info.Holder);
    }

    [ContractFact]
    public async Task Acquire_HolderThatWillRenew_StartsWithShortLease()
    {
        var attempt = NewAttempt("first");

        var reply = await attempt.AcquireAsync(attempt.Request with { Renews = true });
        var renewal = await attempt.RenewAsync();

        Assert.Equal(attempt.Lease, reply.Lease);

        // It is counted from the call, so a grant that a slow machine took seconds for is valid for longer than the 5 s.
        Assert.InRange(reply.ValidFor, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(20));
        Assert.Equal(RenewStatus.Renewed, renewal.Status);
        Assert.True(renewal.ValidFor > TimeSpan.FromSeconds(20), $"The renewal is valid for {renewal.ValidFor}.");
    }

    [ContractFact]
    public async Task Acquire_SameLeaseIdAgain_IsGrantedTheSameHold()
    {
        var attempt = NewAttempt("first");

        var token = await attempt.TakeAsync();

        Assert.Equal(token, await attempt.TakeAsync());
        Assert.Equal(token, (await attempt.GetInfoAsync()).LastFencingToken);
    }

    [ContractFact]
    public async Task TryAcquire_HeldLock_IsDeniedAsBusyAndChangesNothing()
    {
        var holder = NewAttempt("holder");
        var token = await holder.TakeAsync();

        var reply = await NewAttempt("second").TryAsync();

        Assert.Equal((AcquireStatus.Denied, DenyReason.Busy), (reply.Status, reply.Reason));
        var info = await holder.GetInfoAsync();
        Assert.Equal((token, 0), (info.Holder!.FencingToken, info.QueueLength));
    }

    [ContractFact]
    public async Task TryAcquire_OthersWait_DoesNotOvertakeThem()
    {
        var (holder, waiter) = (NewAttempt("holder"), NewAttempt("waiter"));
        await holder.TakeAsync();
        await waiter.QueueAsync();
        await holder.ReleaseAsync();

        var reply = await NewAttempt("hasty").TryAsync();

        Assert.Equal((AcquireStatus.Denied, DenyReason.Busy, 1), (reply.Status, reply.Reason, reply.QueueLength));
        Assert.Equal(AcquireStatus.Granted, (await waiter.WaitAsync()).Status);
    }

    [ContractFact]
    public async Task Acquire_TimedWaitEnds_IsDeniedAsTimedOutAndLeavesTheQueue()
    {
        var (holder, waiter) = (NewAttempt("holder"), NewAttempt("waiter"));
        await holder.TakeAsync();

        var reply = await waiter.AcquireAsync(waiter.Request with { Wait = TimeSpan.FromMilliseconds(50) });

        Assert.Equal((AcquireStatus.Denied, DenyReason.TimedOut), (reply.Status, reply.Reason));
        Assert.Equal(0, (await holder.GetInfoAsync()).QueueLength);
    }

    [ContractFact]
    public async Task Acquire_HeartbeatsTooSeldomForTheSilo_IsDeniedAsInvalidWithBothNumbers()
    {
        var attempt = NewAttempt("seldom");

        var reply = await attempt.AcquireAsync(attempt.Request with { BeatPeriod = TimeSpan.FromMilliseconds(3001) });

        Assert.Equal((AcquireStatus.Denied, DenyReason.Invalid), (reply.Status, reply.Reason));
        Assert.Equal("BeatPeriod is 3.001s; it must be more than 0 and at most 3s, 0.3 of the silo's PresenceWindow.", reply.Detail);
        Assert.Null((await attempt.GetInfoAsync()).Holder);
        Assert.Equal(AcquireStatus.Granted, (await attempt.AcquireAsync(attempt.Request with { BeatPeriod = TimeSpan.FromSeconds(3) })).Status);
    }

    [ContractFact]
    public async Task Acquire_LockReleasedDuringTheWait_IsGrantedWithLargerToken()
    {
        var (holder, waiter) = (NewAttempt("holder"), NewAttempt("waiter"));
        var first = await holder.TakeAsync();
        await waiter.QueueAsync();
        var waiting = waiter.WaitAsync();

        await holder.ReleaseAsync();

        var reply = await waiting.WithinPatienceAsync("grant to the waiter");
        Assert.Equal(AcquireStatus.Granted, reply.Status);
        Assert.True(reply.FencingToken > first);
    }

    [ContractFact]
    public async Task Acquire_SameOwnerAgain_WaitsLikeAnyOther()
    {
        var (first, second) = (NewAttempt("one and the same"), NewAttempt("one and the same"));
        await first.TakeAsync();

        Assert.Equal(DenyReason.Busy, (await NewAttempt("one and the same").TryAsync()).Reason);
        Assert.Equal((AcquireStatus.Queued, 1), await PlaceOfAsync(second));
        await first.ReleaseAsync();
        Assert.Equal(AcquireStatus.Granted, (await second.WaitAsync()).Status);
    }

    [ContractFact]
    public async Task Renew_Holder_KeepsTokenAndCountsTheLeaseAnew()
    {
        var attempt = NewAttempt("holder");
        var token = await attempt.TakeAsync();

        var reply = await attempt.RenewAsync();

        Assert.Equal(RenewStatus.Renewed, reply.Status);
        Assert.True(reply.ValidFor > attempt.Lease - TimeSpan.FromSeconds(10), $"It is valid for {reply.ValidFor}.");
        Assert.Equal(token, (await attempt.GetInfoAsync()).Holder!.FencingToken);
    }

    [ContractFact]
    public async Task Renew_NeverHeld_IsNotHeldAndTakesNothing()
    {
        var stranger = NewAttempt("stranger");

        Assert.Equal((RenewStatus.NotHeld, EndReason.None), await RenewalOfAsync(stranger));
        Assert.Null((await stranger.GetInfoAsync()).Holder);
    }

    [ContractFact]
    public async Task Release_Holder_FreesTheLockAndMayBeRepeated()
    {
        var attempt = NewAttempt("holder");
        await attempt.TakeAsync();

        Assert.Equal(ReleaseStatus.Released, (await attempt.ReleaseAsync()).Status);
        Assert.Equal(ReleaseStatus.Released, (await attempt.ReleaseAsync()).Status);
        Assert.Null((await attempt.GetInfoAsync()).Holder);
        Assert.Equal((RenewStatus.NotHeld, EndReason.Released), await RenewalOfAsync(attempt));
    }

    [ContractFact]
    public async Task Release_LateCopy_DoesNotTouchTheSuccessor()
    {
        var (first, second) = (NewAttempt("first"), NewAttempt("second"));
        await first.TakeAsync();
        await first.ReleaseAsync();
        var token = await second.TakeAsync();

        await first.ReleaseAsync();

        Assert.Equal(VerifyStatus.Current, (await second.VerifyAsync()).Status);
        Assert.Equal(token, (await second.GetInfoAsync()).Holder!.FencingToken);
    }

    [ContractFact]
    public async Task Acquire_LateCopyAfterRelease_IsDeniedAsEnded()
    {
        var attempt = NewAttempt("holder");
        await attempt.TakeAsync();
        await attempt.ReleaseAsync();

        var reply = await attempt.TryAsync();

        Assert.Equal((AcquireStatus.Denied, DenyReason.Ended), (reply.Status, reply.Reason));
        Assert.Null((await attempt.GetInfoAsync()).Holder);
    }

    [ContractFact]
    public async Task Cancel_Waiter_LeavesTheQueueAndIsPassedOver()
    {
        var (holder, waiter, next) = (NewAttempt("holder"), NewAttempt("waiter"), NewAttempt("next"));
        await holder.TakeAsync();
        await waiter.QueueAsync();
        Assert.Equal((AcquireStatus.Queued, 2), await PlaceOfAsync(next));

        Assert.Equal(CancelStatus.Cancelled, (await waiter.CancelAsync()).Status);

        // A failure before the cancel is written brings the waiter back, for its window.
        if (fixture.LosesReplies)
            await Eventually.BecomesAsync(() => PlaceOfAsync(next), place => place == (AcquireStatus.Queued, 1), "first place");
        else
            Assert.Equal((AcquireStatus.Queued, 1), await PlaceOfAsync(next));
        await holder.ReleaseAsync();
        Assert.Equal(AcquireStatus.Granted, (await next.WaitAsync()).Status);
    }

    [ContractFact]
    public async Task Cancel_GrantCameFirst_ReleasesIt()
    {
        var attempt = NewAttempt("holder");
        await attempt.TakeAsync();

        Assert.Equal(CancelStatus.Released, (await attempt.CancelAsync()).Status);
        Assert.Null((await attempt.GetInfoAsync()).Holder);
    }

    [ContractFact]
    public async Task Cancel_BeforeItsAcquire_TurnsTheLateAcquireAway()
    {
        var attempt = NewAttempt("overtaken");

        Assert.Equal(CancelStatus.NotHeld, (await attempt.CancelAsync()).Status);

        var reply = await attempt.TryAsync();
        Assert.Equal((AcquireStatus.Denied, DenyReason.Ended), (reply.Status, reply.Reason));
    }

    [ContractFact]
    public async Task Revoke_WithTheHoldersToken_HandsTheLockOnAndTellsTheHolder()
    {
        var (holder, waiter) = (NewAttempt("holder"), NewAttempt("waiter"));
        var token = await holder.TakeAsync();
        await waiter.QueueAsync();

        var reply = await holder.RevokeAsync(token);

        if (!fixture.LosesReplies)
            Assert.Equal((RevokeStatus.Revoked, token), (reply.Status, reply.FencingToken));
        Assert.Equal((RenewStatus.NotHeld, EndReason.Revoked), await RenewalOfAsync(holder));
        var granted = await waiter.WaitAsync();
        Assert.True(granted.FencingToken > token);
    }

    [ContractFact]
    public async Task Revoke_WithAnOldToken_DoesNotTouchTheHolder()
    {
        var (first, second) = (NewAttempt("first"), NewAttempt("second"));
        var old = await first.TakeAsync();
        await first.ReleaseAsync();
        await second.TakeAsync();

        Assert.Equal(RevokeStatus.NotHeld, (await second.RevokeAsync(old)).Status);
        Assert.Equal(VerifyStatus.Current, (await second.VerifyAsync()).Status);
    }

    [ContractFact]
    public async Task Verify_HolderAndOthers_TellsThemApart()
    {
        var (holder, other) = (NewAttempt("holder"), NewAttempt("other"));
        var token = await holder.TakeAsync();

        var current = await holder.VerifyAsync();
        Assert.Equal((VerifyStatus.Current, token), (current.Status, current.LastFencingToken));
        Assert.Equal(VerifyStatus.NotHeld, (await other.VerifyAsync()).Status);
        await holder.ReleaseAsync();
        Assert.Equal(VerifyStatus.NotHeld, (await holder.VerifyAsync()).Status);
    }

    [ContractFact]
    public async Task GetInfo_HeldAndAwaited_ShowsHolderAndWaitersInOrder()
    {
        var (holder, first, second) = (NewAttempt("holder"), NewAttempt("first"), NewAttempt("second"));
        var token = await holder.TakeAsync();
        await first.QueueAsync();
        await second.QueueAsync();

        var info = await holder.GetInfoAsync();

        Assert.Equal(("holder", token, holder.Lease), (info.Holder!.OwnerId, info.Holder.FencingToken, info.Holder.Lease));
        Assert.InRange(info.Holder.ExpiresIn, TimeSpan.FromTicks(1), holder.Lease);
        Assert.Equal(2, info.QueueLength);
        Assert.Equal(["first", "second"], info.Waiters.Select(waiter => waiter.OwnerId));
        Assert.True(info.Waiters[0].Ticket < info.Waiters[1].Ticket);
    }

    private Attempt NewAttempt(string ownerId) => kind.NewAttempt(Grain, ownerId, fixture.LosesReplies);

    private static async Task<(AcquireStatus Status, int Place)> PlaceOfAsync(Attempt attempt)
    {
        var reply = await attempt.QueueAsync();
        return (reply.Status, reply.Place);
    }

    private static async Task<(RenewStatus Status, EndReason End)> RenewalOfAsync(Attempt attempt)
    {
        var reply = await attempt.RenewAsync();
        return (reply.Status, reply.End);
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryLockGrainTests(MemoryFixture fixture) : LockGrainContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisLockGrainTests(RedisFixture fixture) : LockGrainContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyLockGrainTests(FaultyFixture fixture) : LockGrainContract(fixture);
