using LockGrains.TestKit;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// What a lock promises to a waiter whose client is there, and to the others when it is not. The locks go by a clock that only the test moves.
/// </summary>
public abstract class LockPresenceContract(ContractFixture fixture) : IAsyncLifetime
{
    private static readonly TimeSpan BeatPeriod = TimeSpan.FromSeconds(3);

    private readonly string _key = LockCluster.NewKey("presence");
    private readonly ManualTimeProvider _clock = new();
    private LockCluster _cluster = null!;
    private Attempt _holder = null!;

    private static TimeSpan Window => new LockPolicy().PresenceWindow;

    private ILockGrain Grain => _cluster.GetLock(_key);

    public async Task InitializeAsync()
    {
        var settings = fixture.Cluster.Settings;
        _cluster = await LockCluster.StartAsync(settings with { Silos = 1, Clock = _clock, Policy = settings.Policy with { QueueWriteDelay = TimeSpan.Zero } });
        _holder = new Attempt(Grain, "holder", fixture.LosesReplies) { Lease = TimeSpan.FromHours(1) };
        await _holder.TakeAsync();
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [ContractFact]
    public async Task Caller_CallsAgainWithinHalfTheWindow_KeepsItsPlace()
    {
        var (first, second) = (NewWaiter("first"), NewWaiter("second"));
        for (var round = 0; round < 4; round++)
        {
            await first.StandAsync(place: 1);
            await second.StandAsync(place: 2);
            _clock.Advance(Window / 2);
            Assert.Equal(AcquireStatus.Queued, (await first.EndAsync()).Status);
            Assert.Equal(AcquireStatus.Queued, (await second.EndAsync()).Status);
            _clock.Advance((Window / 2) - TimeSpan.FromSeconds(1));
        }

        await first.StandAsync(place: 1);
        await second.StandAsync(place: 2);
        await _holder.ReleaseAsync();
        Assert.True((await first.EndAsync()).FencingToken < (await ReleasedByAsync(first, second)).FencingToken);
    }

    [ContractFact]
    public async Task Caller_DoesNotCallAgain_LosesItsPlaceWithinOneAndAHalfWindows()
    {
        var (gone, next) = (NewWaiter("gone"), NewWaiter("next"));
        await gone.StandAsync(place: 1);
        await next.StandAsync(place: 2);
        for (var half = 0; half < 3; half++)
        {
            await next.StandAsync(place: 2);
            _clock.Advance(Window / 2);
            Assert.Equal(AcquireStatus.Queued, (await next.EndAsync()).Status);
        }

        await next.StandAsync(place: 1);
        Assert.Equal(DenyReason.Ended, (await gone.Attempt.TryAsync()).Reason);
        await _holder.ReleaseAsync();
        Assert.Equal(AcquireStatus.Granted, (await next.EndAsync()).Status);
    }

    [ContractFact]
    public async Task CallerWithHeartbeats_IsHeard_WaitsInOneCallForAMinute()
    {
        var waiter = NewWaiter("waiter", BeatPeriod);
        await waiter.StandAsync(place: 1);
        for (var elapsed = TimeSpan.Zero; elapsed < TimeSpan.FromSeconds(57); elapsed += BeatPeriod)
        {
            _clock.Advance(BeatPeriod);
            await waiter.StandAsync(place: 1);
        }

        if (!fixture.LosesReplies)
            Assert.Equal(1, waiter.Calls);
        _clock.Advance(BeatPeriod);
        Assert.Equal(AcquireStatus.Queued, (await waiter.EndAsync()).Status);
    }

    [ContractFact]
    public async Task CallerWithHeartbeats_IsNotHeard_LosesItsPlaceWithinOneAndAHalfWindows()
    {
        var (gone, next) = (NewWaiter("gone", BeatPeriod), NewWaiter("next", BeatPeriod));
        await gone.StandAsync(place: 1);
        await next.StandAsync(place: 2);
        var step = TimeSpan.FromSeconds(1);
        for (var elapsed = TimeSpan.Zero; elapsed < Window * 1.5; elapsed += step)
        {
            _clock.Advance(step);
            await next.BeatAsync();
        }

        Assert.Equal(DenyReason.Ended, (await gone.EndAsync()).Reason);
        await next.StandAsync(place: 1);
        await _holder.ReleaseAsync();
        Assert.Equal(AcquireStatus.Granted, (await next.EndAsync()).Status);
    }

    /// <summary>The replies of the old activation are lost here: only the heartbeats can tell.</summary>
    [ContractFact]
    public async Task CallerWithHeartbeats_KeyIsTakenOver_IsToldToCallAgainAndKeepsItsPlace()
    {
        var (first, second) = (NewWaiter("first", BeatPeriod), NewWaiter("second", BeatPeriod));
        await first.StandAsync(place: 1);
        await second.StandAsync(place: 2);

        _cluster.Probe[_key].FailNextWrites(WriteFault.FailBefore);
        Assert.Equal(RenewStatus.Unknown, (await Grain.RenewAsync(_holder.LeaseId)).Status);
        _clock.Advance(BeatPeriod);
        Assert.Equal(BeatStatus.CallAgain, (await second.BeatAsync()).Status);
        Assert.Equal(BeatStatus.CallAgain, (await first.BeatAsync()).Status);
        await second.StandAsync(place: 2);
        await first.StandAsync(place: 1);

        await _holder.ReleaseAsync();
        Assert.True((await first.EndAsync()).FencingToken < (await ReleasedByAsync(first, second)).FencingToken);
    }

    /// <summary>It hands the lock on to the next, and says what that is granted.</summary>
    private static async Task<AcquireReply> ReleasedByAsync(Waiter holder, Waiter next)
    {
        Assert.Equal(ReleaseStatus.Released, (await holder.Attempt.ReleaseAsync()).Status);
        return await next.EndAsync();
    }

    private Waiter NewWaiter(string name, TimeSpan? beats = null) =>
        new(Grain, new Attempt(Grain, name, fixture.LosesReplies) { Lease = TimeSpan.FromHours(1) }, beats);

    /// <summary>One that waits by calls of the grain, and repeats them as it is told.</summary>
    private sealed class Waiter(ILockGrain grain, Attempt attempt, TimeSpan? beats)
    {
        private Task<AcquireReply>? _call;

        public Attempt Attempt => attempt;

        /// <summary>How many calls it took.</summary>
        public int Calls { get; private set; }

        private AcquireRequest Request => attempt.Request with { Wait = Timeout.InfiniteTimeSpan, BeatPeriod = beats };

        public Task<BeatReply> BeatAsync() => attempt.BeatAsync();

        /// <summary>Waits in a call, in this place, which is in storage.</summary>
        public Task<int> StandAsync(int place) => Eventually.BecomesAsync(
            async () =>
            {
                var reply = await BeatAsync();
                if (reply.Status == BeatStatus.CallAgain) Call();
                return reply.Place;
            },
            told => told == place,
            $"place {place} of '{attempt.OwnerId}'");

        /// <summary>What its call is answered; one that a fault of the storage ended is repeated.</summary>
        public async Task<AcquireReply> EndAsync()
        {
            var reply = await _call!.WithinPatienceAsync($"reply to '{attempt.OwnerId}'");
            return reply.Status == AcquireStatus.Unknown ? await attempt.AcquireAsync(Request) : reply;
        }

        private void Call()
        {
            Calls++;
            _call = grain.AcquireAsync(Request).AsTask();
        }
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryLockPresenceTests(MemoryFixture fixture) : LockPresenceContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisLockPresenceTests(RedisFixture fixture) : LockPresenceContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyLockPresenceTests(FaultyFixture fixture) : LockPresenceContract(fixture);
