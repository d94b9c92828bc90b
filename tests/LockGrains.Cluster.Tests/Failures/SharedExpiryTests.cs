using LockGrains.TestKit;

namespace LockGrains.Cluster.Tests;

/// <summary>What time does to holds side by side, and to an upgrade whose client is gone.</summary>
public sealed class SharedExpiryTests(ManualClockFixture fixture) : IClassFixture<ManualClockFixture>
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    private readonly string _key = LockCluster.NewKey("shared-clock");

    private ILockGrain Grain => fixture.Cluster.GetLock(_key);

    private ManualTimeProvider Clock => fixture.Clock;

    [Fact]
    public async Task Lease_OfOneOfTwoReadersEnds_TheWriterWaitsForTheOther()
    {
        var (dead, alive, writer) = (NewReader("dead", leaseSeconds: 3), NewReader("alive", leaseSeconds: 5), new Attempt(Grain, "writer"));
        await dead.TakeAsync();
        await alive.TakeAsync();
        var waiting = Grain.AcquireAsync(writer.Request with { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        await WhenAttachedAsync("writer");

        Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("alive", Assert.Single((await Grain.GetInfoAsync()).Holders).OwnerId);
        Assert.False(waiting.IsCompleted);
        var renewal = await dead.RenewAsync();
        Assert.Equal((RenewStatus.NotHeld, EndReason.Expired), (renewal.Status, renewal.End));

        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(AcquireStatus.Granted, (await waiting.WithinPatienceAsync("grant when the last reader's lease ends")).Status);
    }

    [Fact]
    public async Task Upgrade_ReaderDies_IsGrantedWhenTheReadersLeaseEnds()
    {
        var (holder, dead) = (new Attempt(Grain, "holder") { Mode = LockMode.Upgradeable }, NewReader("dead", leaseSeconds: 3));
        await holder.TakeAsync();
        await dead.TakeAsync();
        var upgrading = BeginUpgrade(holder);
        await WhenAttachedAsync("holder");

        Clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        await Grain.GetInfoAsync();
        Assert.False(upgrading.IsCompleted);
        Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(AcquireStatus.Granted, (await upgrading.WithinPatienceAsync("upgrade when the reader's lease ends")).Status);
    }

    [Fact]
    public async Task Upgrade_ItsOwnLeaseEnds_EndsWithItAndReadersComeIn()
    {
        var (holder, reader) = (new Attempt(Grain, "holder") { Mode = LockMode.Upgradeable, Lease = TimeSpan.FromSeconds(3) }, NewReader("reader", leaseSeconds: 60));
        await holder.TakeAsync();
        await reader.TakeAsync();
        var upgrading = BeginUpgrade(holder);
        await WhenAttachedAsync("holder");

        Clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(AcquireStatus.Denied, (await upgrading.WithinPatienceAsync("end of the upgrade")).Status);
        var again = await holder.TryUpgradeAsync(change: 1);
        Assert.Equal((AcquireStatus.Denied, DenyReason.NotHeld), (again.Status, again.Reason));
        Assert.Equal("reader", Assert.Single((await Grain.GetInfoAsync()).Holders).OwnerId);
        await NewReader("late", leaseSeconds: 60).TakeAsync();
    }

    /// <summary>Nobody comes in while an upgrade waits, so a client that died in its call must not be waited for longer than any waiter.</summary>
    [Fact]
    public async Task Upgrade_ItsClientIsGone_IsDroppedAfterTheWindowAndReadersComeIn()
    {
        var holder = new Attempt(Grain, "holder") { Mode = LockMode.Upgradeable, Lease = TimeSpan.FromHours(1) };
        var (reader, late) = (NewReader("reader", leaseSeconds: 3_600), NewReader("late", leaseSeconds: 3_600));
        await holder.TakeAsync();
        await reader.TakeAsync();
        var abandoned = BeginUpgrade(holder);
        await WhenAttachedAsync("holder");
        Clock.Advance(ManualClockFixture.Policy.Slice);
        Assert.Equal(AcquireStatus.Queued, (await abandoned.WithinPatienceAsync("end of the slice")).Status);

        var waiting = Grain.AcquireAsync(late.Request with { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        for (var passed = TimeSpan.Zero; passed < ManualClockFixture.Policy.PresenceWindow * 1.5; passed += OneSecond)
        {
            await fixture.Cluster.Probe[_key].WhenNothingIsBeingWrittenAsync();
            Clock.Advance(OneSecond);
            await Grain.GetInfoAsync();
            if (waiting.IsCompleted && (await waiting).Status == AcquireStatus.Queued)
                waiting = Grain.AcquireAsync(late.Request with { Wait = Timeout.InfiniteTimeSpan }).AsTask();
        }

        Assert.Equal(AcquireStatus.Granted, (await waiting.WithinPatienceAsync("grant past the upgrade that is gone")).Status);
        Assert.Equal(VerifyStatus.Current, (await holder.VerifyAsync()).Status);
        Assert.Equal(LockMode.Upgradeable, (await Grain.GetInfoAsync()).Holder!.Mode);
    }

    private Attempt NewReader(string ownerId, int leaseSeconds) =>
        new(Grain, ownerId) { Mode = LockMode.Shared, Lease = TimeSpan.FromSeconds(leaseSeconds) };

    private Task<AcquireReply> BeginUpgrade(Attempt holder) =>
        Grain.UpgradeAsync(new UpgradeRequest { LeaseId = holder.LeaseId, Change = 1, Wait = TimeSpan.FromHours(1) }).AsTask();

    private Task<bool> WhenAttachedAsync(string ownerId) => Eventually.BecomesAsync(
        async () => (await Grain.GetInfoAsync()).Waiters.Any(waiter => waiter.OwnerId == ownerId && waiter.Attached), isThere => isThere, $"call of '{ownerId}' that waits");
}
