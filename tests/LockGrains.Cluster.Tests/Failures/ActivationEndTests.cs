using LockGrains.TestKit;

namespace LockGrains.Cluster.Tests;

/// <summary>A cluster whose locks go by a clock that only the test moves; Orleans itself goes by the real one.</summary>
public sealed class ManualClockFixture : IAsyncLifetime
{
    private LockCluster? _cluster;

    public static LockPolicy Policy { get; } = new() { PresenceWindow = TimeSpan.FromSeconds(20), StoreTimeout = TimeSpan.FromSeconds(7) };

    public ManualTimeProvider Clock { get; } = new();

    public LockCluster Cluster => _cluster!;

    public async Task InitializeAsync() => _cluster = await LockCluster.StartAsync(new LockClusterSettings { Clock = Clock, Policy = Policy });

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

/// <summary>What time does to a lock, and what the end of an activation does to the calls that wait in it.</summary>
public sealed class ActivationEndTests(ManualClockFixture fixture) : IClassFixture<ManualClockFixture>
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    // Longer slices than the leases here, so that one thing happens at a time.
    private static LockPolicy Policy => ManualClockFixture.Policy;

    private readonly string _key = LockCluster.NewKey("clock");

    private ILockGrain Grain => fixture.Cluster.GetLock(_key);

    private ManualTimeProvider Clock => fixture.Clock;

    [Fact]
    public async Task Lease_NotRenewed_EndsOnTimeAndNotBefore()
    {
        var (holder, waiter) = (new Attempt(Grain, "holder") { Lease = TimeSpan.FromSeconds(7) }, new Attempt(Grain, "waiter"));
        await holder.TakeAsync();
        var waiting = await BeginWaitAsync(waiter);

        Clock.Advance(TimeSpan.FromSeconds(7) - TimeSpan.FromTicks(1));
        Assert.Equal(VerifyStatus.Current, (await holder.VerifyAsync()).Status);
        Assert.False(waiting.IsCompleted);

        Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(AcquireStatus.Granted, (await waiting.WithinPatienceAsync("grant when the lease ends")).Status);
        var renewal = await holder.RenewAsync();
        Assert.Equal((RenewStatus.NotHeld, EndReason.Expired), (renewal.Status, renewal.End));
    }

    [Fact]
    public async Task Lease_Renewed_IsCountedFromTheRenewal()
    {
        var holder = new Attempt(Grain, "holder") { Lease = TimeSpan.FromSeconds(10) };
        await holder.TakeAsync();

        for (var renewal = 0; renewal < 3; renewal++)
        {
            Clock.Advance(TimeSpan.FromSeconds(9));
            var reply = await holder.RenewAsync();
            Assert.Equal((RenewStatus.Renewed, TimeSpan.FromSeconds(10)), (reply.Status, reply.ValidFor));
        }

        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(VerifyStatus.NotHeld, (await holder.VerifyAsync()).Status);
    }

    [Fact]
    public async Task Lease_OfAHolderThatDiedBeforeItsFirstRenewal_CostsTheFirstLeaseOnly()
    {
        var (dead, waiter) = (new Attempt(Grain, "dead") { Lease = TimeSpan.FromHours(1) }, new Attempt(Grain, "waiter"));
        await dead.AcquireAsync(dead.Request with { Renews = true });
        var waiting = await BeginWaitAsync(waiter);

        Clock.Advance(Policy.FirstLease);

        Assert.Equal(AcquireStatus.Granted, (await waiting.WithinPatienceAsync("grant after the first lease")).Status);
    }

    [Fact]
    public async Task Waiter_StopsComing_IsDroppedAndNotWaitedFor()
    {
        var holder = new Attempt(Grain, "holder") { Lease = TimeSpan.FromHours(1) };
        var (gone, waiter) = (new Attempt(Grain, "gone"), new Attempt(Grain, "waiter"));
        await holder.TakeAsync();
        var abandoned = await BeginWaitAsync(gone);
        var waiting = await BeginWaitAsync(waiter);

        Clock.Advance(Policy.Slice);
        Assert.Equal(AcquireStatus.Queued, (await abandoned.WithinPatienceAsync("end of the slice")).Status);
        Assert.Equal(AcquireStatus.Queued, (await waiting.WithinPatienceAsync("end of the slice")).Status);
        waiting = await BeginWaitAsync(waiter);
        await holder.ReleaseAsync();
        Assert.False(waiting.IsCompleted);

        for (var passed = TimeSpan.Zero; passed < Policy.PresenceWindow * 1.5; passed += OneSecond)
        {
            await fixture.Cluster.Probe[_key].WhenNothingIsBeingWrittenAsync();
            Clock.Advance(OneSecond);
            await Grain.GetInfoAsync();
            if (waiting.IsCompleted && (await waiting).Status == AcquireStatus.Queued)
                waiting = Grain.AcquireAsync(waiter.Request with { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        }

        Assert.Equal(AcquireStatus.Granted, (await waiting.WithinPatienceAsync("grant past the waiter that is gone")).Status);
    }

    [Fact]
    public async Task Deactivation_CallsWait_AllAreAnsweredByTheEndOfTheirSliceAndKeepTheirPlaces()
    {
        var holder = new Attempt(Grain, "holder");
        await holder.TakeAsync();
        var waiters = NewAttempts("first", "second", "third");
        var waits = new List<Task<AcquireReply>>();
        foreach (var waiter in waiters)
            waits.Add(await BeginWaitAsync(waiter));

        // Orleans ends an activation only when no call runs in it, and does not tell it before.
        var ended = fixture.Cluster.DeactivateAsync(_key);
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));
        Clock.Advance(Policy.Slice);
        await ended.WaitAsync(TimeSpan.FromSeconds(10));

        var replies = await Task.WhenAll(waits).WithinPatienceAsync("answers to the calls that waited");
        Assert.All(replies, reply => Assert.Equal(AcquireStatus.Queued, reply.Status));
        Assert.Equal([1, 2, 3], replies.Select(reply => reply.Place));
        Assert.Equal("3 2 1", await PlacesOfAsync([.. waiters.Reverse()]));
        Assert.Equal(VerifyStatus.Current, (await holder.VerifyAsync()).Status);
    }

    [Fact]
    public async Task Quarantine_CallsWait_AllAreAnsweredAtOnceAndKeepTheirPlaces()
    {
        var holder = new Attempt(Grain, "holder");
        await holder.TakeAsync();
        var waiters = NewAttempts("first", "second");
        await PlacesOfAsync(waiters);
        var waits = new List<Task<AcquireReply>>();
        foreach (var waiter in waiters)
            waits.Add(await BeginWaitAsync(waiter));

        fixture.Cluster.Probe[_key].FailNextWrites(WriteFault.FailBefore);
        var renewal = await Grain.RenewAsync(holder.LeaseId);

        Assert.Equal(RenewStatus.Unknown, renewal.Status);
        var replies = await Task.WhenAll(waits).WithinPatienceAsync("answers to the calls that waited");
        Assert.All(replies, reply => Assert.Equal(AcquireStatus.Unknown, reply.Status));
        Assert.Equal("2 1", await PlacesOfAsync([.. waiters.Reverse()]));
        Assert.Equal(RenewStatus.Renewed, (await holder.RenewAsync()).Status);
    }

    [Fact]
    public async Task Release_ToldAndNotWritten_IsAskedForAgainAndCostsNoLease()
    {
        var (holder, next) = (new Attempt(Grain, "holder"), new Attempt(Grain, "next"));
        await holder.TakeAsync();
        await holder.ReleaseAsync();
        fixture.Cluster.Probe[_key].FailNextWrites(WriteFault.FailBefore);
        Assert.Equal(AcquireStatus.Unknown, (await Grain.AcquireAsync(next.Request)).Status);

        // The clock stands still, so no lease ends.
        var reply = await Grain.AcquireAsync(next.Request with { Wait = TimeSpan.FromMinutes(1) }).AsTask().WithinPatienceAsync("grant");
        Assert.Equal(AcquireStatus.Granted, reply.Status);
    }

    [Fact]
    public async Task Cancel_ToldAndItsActivationEnds_TheWaiterIsNotBack()
    {
        var holder = new Attempt(Grain, "holder") { Lease = TimeSpan.FromHours(1) };
        await holder.TakeAsync();
        var waiters = NewAttempts("cancelled", "next");
        Assert.Equal("1 2", await PlacesOfAsync(waiters));
        Assert.Equal(CancelStatus.Cancelled, (await waiters[0].CancelAsync()).Status);
        fixture.Cluster.Probe[_key].FailNextWrites(WriteFault.FailBefore);
        Assert.Equal(RenewStatus.Unknown, (await Grain.RenewAsync(holder.LeaseId)).Status);

        // The end of a wait is written before it is told.
        Assert.Equal("1", await PlacesOfAsync([waiters[1]]));
    }

    [Fact]
    public async Task StorageHangs_CallIsAnsweredUnknownAfterTheStoreTimeout()
    {
        var attempt = new Attempt(Grain, "holder", mayBeUnknown: true);
        var gate = fixture.Cluster.Probe[_key].HoldNextWrite();
        var acquire = Grain.AcquireAsync(attempt.Request).AsTask();
        await gate.WhenReachedAsync();

        // The write is under way before its timer is armed, and a write of another key may have one that is due at the same time.
        await Eventually.BecomesAsync(AdvanceAsync, isAnswered => isAnswered, "answer after the storage's time was over");

        var reply = await acquire;
        Assert.Equal(AcquireStatus.Unknown, reply.Status);
        Assert.Contains("The storage did not answer within 7s", reply.Detail, StringComparison.Ordinal);

        // The write goes through after all, in the middle of the next activation's life or before it: one hold all the same.
        gate.Open();
        var token = await attempt.TakeAsync();
        Assert.Equal(DenyReason.Busy, (await new Attempt(Grain, "other", mayBeUnknown: true).TryAsync()).Reason);
        Assert.Equal((VerifyStatus.Current, token), await VerificationOfAsync(attempt));

        Task<bool> AdvanceAsync()
        {
            Clock.Advance(Policy.StoreTimeout);
            return Task.FromResult(acquire.IsCompleted);
        }
    }

    [Fact]
    public async Task LongLease_IdleActivationsAreCollected_ItsActivationStaysAndEndsItOnTime()
    {
        var lease = TimeSpan.FromHours(2);
        var holder = new Attempt(Grain, "holder") { Lease = lease };
        await holder.TakeAsync();
        var activation = fixture.Cluster.ActivationOf(_key);
        var idleKey = LockCluster.NewKey("idle");
        await new Attempt(fixture.Cluster.GetLock(idleKey)).GetInfoAsync();
        var idleEnded = fixture.Cluster.ActivationOf(idleKey).Deactivated;

        await fixture.Cluster.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        await idleEnded.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Same(activation, fixture.Cluster.ActivationOf(_key));
        Clock.Advance(lease);
        await Eventually.BecomesAsync(
            () => Task.FromResult(fixture.Cluster.Logs.Entries.Count(IsExpiry)),
            count => count == 1,
            "expiry that nobody asked for");

        bool IsExpiry(LogEntry entry) => entry.Event == "Expired" && entry.Message.Contains(_key, StringComparison.Ordinal);
    }

    private Attempt[] NewAttempts(params string[] names) => Array.ConvertAll(names, name => new Attempt(Grain, name));

    /// <summary>Lets attempts wait for one slice, at the end of which each is told its place, which is in storage then.</summary>
    private async Task<string> PlacesOfAsync(Attempt[] waiters)
    {
        var waits = new List<Task<AcquireReply>>();
        foreach (var waiter in waiters)
            waits.Add(await BeginWaitAsync(waiter));
        Clock.Advance(Policy.Slice);
        var replies = await Task.WhenAll(waits).WithinPatienceAsync("places at the end of a slice");
        Assert.All(replies, reply => Assert.Equal(AcquireStatus.Queued, reply.Status));
        return string.Join(" ", replies.Select(reply => reply.Place));
    }

    /// <summary>Begins a call that waits, and returns once it stands in the queue.</summary>
    private async Task<Task<AcquireReply>> BeginWaitAsync(Attempt waiter)
    {
        var waiting = Grain.AcquireAsync(waiter.Request with { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await Eventually.BecomesAsync(
            async () => (await Grain.GetInfoAsync()).Waiters.Any(other => other.OwnerId == waiter.OwnerId && other.Attached),
            isThere => isThere,
            $"waiter '{waiter.OwnerId}' in the queue");
        return waiting;
    }

    private static async Task<(VerifyStatus Status, long LastToken)> VerificationOfAsync(Attempt attempt)
    {
        var reply = await attempt.VerifyAsync();
        return (reply.Status, reply.LastFencingToken);
    }
}
