using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using LockGrains.TestKit;

namespace LockGrains.Cluster.Tests;

/// <summary>One message for what concerns many locks, on several silos: each is answered as if it had come alone.</summary>
public sealed class HeartbeatTests : IAsyncLifetime
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(20);

    private LockCluster _cluster = null!;

    private IHeartbeatGrain Sender => _cluster.Grains.GetGrain<IHeartbeatGrain>(0);

    public static TheoryData<int, TimeSpan> Bad => new()
    {
        { 0, AnswerWithin },
        { Heartbeat.BeatsMax + 1, AnswerWithin },
        { 2, TimeSpan.Zero },
        { 2, TimeSpan.FromMinutes(1) + TimeSpan.FromTicks(1) },
    };

    // Nobody is to be dropped while a busy machine gets everything ready.
    public async Task InitializeAsync() =>
        _cluster = await LockCluster.StartAsync(new LockClusterSettings { Policy = new LockPolicy { PresenceWindow = TimeSpan.FromMinutes(2) } });

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Heartbeat_RenewalsHeldFreeAndImpossible_EachHasItsOwnAnswer()
    {
        var held = await TakeAsync(40);
        var stranger = Make(LockCluster.NewKey("free"), Guid.NewGuid());
        var impossible = Make("", Guid.NewGuid());
        var reply = await Sender.BeatAsync(new Heartbeat { Renewals = [stranger, .. held, impossible], AnswerWithin = AnswerWithin });

        Assert.Equal(held.Count + 2, reply.Renewals.Length);
        Assert.Equal(RenewStatus.NotHeld, reply.Renewals[0].Status);
        Assert.All(reply.Renewals[1..^1], answer => Assert.Equal(RenewStatus.Renewed, answer.Status));
        Assert.All(reply.Renewals[1..^1], answer => Assert.InRange(answer.ValidFor, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60)));
        Assert.Equal(RenewStatus.Unknown, reply.Renewals[^1].Status);
        Assert.NotNull(reply.Renewals[^1].Detail);
        Assert.Empty(reply.Waits);
    }

    [Fact]
    public async Task Heartbeat_WaitsOfManyLocks_EachHasItsOwnAnswer()
    {
        var held = await TakeAsync(10);
        var waits = (await Task.WhenAll(held.Select(async beat => new[] { await WaitAsync(beat.Key, 1), await WaitAsync(beat.Key, 2) }))).SelectMany(pair => pair);
        var stranger = Make(held[3].Key, Guid.NewGuid());
        var impossible = Make("", Guid.NewGuid());
        var reply = await Sender.BeatAsync(new Heartbeat { Renewals = [held[0]], Waits = [stranger, .. waits, held[5], impossible], AnswerWithin = AnswerWithin });

        Assert.Equal(RenewStatus.Renewed, Assert.Single(reply.Renewals).Status);
        Assert.Equal(
            [BeatStatus.CallAgain, .. Enumerable.Repeat(BeatStatus.Waits, 20), BeatStatus.CallAgain, BeatStatus.Unknown],
            reply.Waits.Select(answer => answer.Status));
        Assert.Equal(Enumerable.Range(0, 20).Select(index => ((index % 2) + 1, 2)), reply.Waits[1..^2].Select(answer => (answer.Place, answer.QueueLength)));
    }

    /// <summary>Who waits for an upgrade is both: its hold must be renewed while its upgrade waits, and one message says both.</summary>
    [Fact]
    public async Task Heartbeat_OfAWaitingUpgrade_RenewsTheHoldAndNamesTheWait()
    {
        var grain = _cluster.GetLock(LockCluster.NewKey("upgrade"));
        var (holder, reader) = (new Attempt(grain) { Mode = LockMode.Upgradeable }, new Attempt(grain) { Mode = LockMode.Shared });
        await holder.TakeAsync();
        await reader.TakeAsync();
        var upgrade = new UpgradeRequest { LeaseId = holder.LeaseId, Change = 1, Wait = TimeSpan.FromMinutes(5), BeatPeriod = TimeSpan.FromSeconds(3) };
        var upgrading = holder.UpgradeAsync(upgrade);
        await Eventually.BecomesAsync(async () => (await holder.BeatAsync()).Place, told => told == 1, "place of the upgrade");
        var beat = Make(grain.GetPrimaryKeyString(), holder.LeaseId);

        var reply = await Sender.BeatAsync(new Heartbeat { Renewals = [beat], Waits = [beat], AnswerWithin = AnswerWithin });

        Assert.Equal(RenewStatus.Renewed, Assert.Single(reply.Renewals).Status);
        Assert.Equal((BeatStatus.Waits, 1, 0), (reply.Waits[0].Status, reply.Waits[0].Place, reply.Waits[0].QueueLength));
        await reader.ReleaseAsync();
        Assert.Equal(AcquireStatus.Granted, (await upgrading.WithinPatienceAsync("upgrade")).Status);
        Assert.Equal(BeatStatus.CallAgain, (await holder.BeatAsync()).Status);
    }

    [Fact]
    public async Task Heartbeat_OneLocksStorageHangs_TheOthersAreAnsweredInTime()
    {
        var held = await TakeAsync(3);
        var waits = await WaitAsync(held[2].Key, place: 1);
        var gate = _cluster.Probe[held[1].Key].HoldNextWrite();
        var reply = await Sender.BeatAsync(new Heartbeat { Renewals = [.. held], Waits = [waits], AnswerWithin = TimeSpan.FromSeconds(2) });
        gate.Open();

        Assert.Equal([RenewStatus.Renewed, RenewStatus.Unknown, RenewStatus.Renewed], reply.Renewals.Select(answer => answer.Status));
        Assert.Equal(BeatStatus.Waits, Assert.Single(reply.Waits).Status);
        var alone = await _cluster.GetLock(held[1].Key).RenewAsync(held[1].LeaseId);
        Assert.Equal(RenewStatus.Renewed, alone.Status);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Heartbeat_OutOfBounds_IsRefused(int count, TimeSpan answerWithin)
    {
        var beats = Enumerable.Repeat(Make("key", Guid.NewGuid()), count).ToImmutableArray();
        var heartbeat = new Heartbeat { Renewals = beats[..(count / 2)], Waits = beats[(count / 2)..], AnswerWithin = answerWithin };

        await Assert.ThrowsAsync<ArgumentException>(() => Sender.BeatAsync(heartbeat).AsTask());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Heartbeat.BeatsMax + 1)]
    public async Task BeatOfOneLock_OutOfBounds_IsRefused(int count)
    {
        ImmutableArray<Guid> leaseIds = [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid())];

        await Assert.ThrowsAsync<ArgumentException>(() => _cluster.GetLock("key").BeatAsync(leaseIds).AsTask());
    }

    [Fact]
    public async Task Client_WaitsForLongerThanTheWindow_KeepsItsPlaceByHeartbeats()
    {
        var (clock, key) = (new ManualTimeProvider(), LockCluster.NewKey("waits"));
        await using var cluster = await LockCluster.StartAsync(
            new LockClusterSettings { Silos = 1, Clock = clock, Policy = new LockPolicy { QueueWriteDelay = TimeSpan.Zero } });
        await using var client = LockClient.Create(cluster.Grains, timeProvider: clock);
        var holder = new Attempt(cluster.GetLock(key)) { Lease = TimeSpan.FromHours(1) };
        await holder.TakeAsync();
        var places = new[] { new Places(), new Places(), new Places() };
        var waits = new List<Task<LockHandle>>();
        foreach (var told in places)
        {
            waits.Add(client.AcquireAsync(key, options: new AcquireOptions { Progress = told }).AsTask());
            await WhenAttachedAsync(holder, waits.Count);

            // The end of its first call, which is short. The next one is long.
            clock.Advance(TimeSpan.FromMilliseconds(250));
            await WhenToldAsync(told, count: 1);
            await WhenAttachedAsync(holder, waits.Count);
        }

        var beats = new LockClientOptions().BeatPeriod;
        for (var count = 1; count * beats <= 4 * cluster.Settings.Policy.PresenceWindow; count++)
        {
            clock.Advance(beats);
            foreach (var told in places)
                await WhenToldAsync(told, count + 1);
        }

        Assert.All(places.Index(), told => Assert.All(told.Item.Told, place => Assert.Equal(told.Index + 1, place)));
        await holder.ReleaseAsync();

        for (var index = 0; index < waits.Count; index++)
            await (await waits[index].WithinPatienceAsync($"grant {index}")).DisposeAsync();
    }

    private static Beat Make(string key, Guid leaseId) => new() { Key = key, LeaseId = leaseId };

    private static Task<int> WhenToldAsync(Places places, int count) =>
        Eventually.BecomesAsync(() => Task.FromResult(places.Told.Count), told => told >= count, $"place {count}");

    private static Task<int> WhenAttachedAsync(Attempt holder, int count) => Eventually.BecomesAsync(
        async () => (await holder.GetInfoAsync()).Waiters.Count(waiter => waiter.Attached), attached => attached == count, $"{count} waiters in calls");

    private async Task<List<Beat>> TakeAsync(int count)
    {
        var held = new List<Beat>();
        for (var index = 0; index < count; index++)
        {
            var key = LockCluster.NewKey("beat");
            var attempt = new Attempt(_cluster.GetLock(key));
            await attempt.TakeAsync();
            held.Add(Make(key, attempt.LeaseId));
        }

        return held;
    }

    /// <summary>Waits in a long call, in this place, which is in storage.</summary>
    private async Task<Beat> WaitAsync(string key, int place)
    {
        var attempt = new Attempt(_cluster.GetLock(key));
        _ = attempt.AcquireAsync(attempt.Request with { Wait = TimeSpan.FromMinutes(1), BeatPeriod = TimeSpan.FromSeconds(3) });
        await Eventually.BecomesAsync(async () => (await attempt.BeatAsync()).Place, told => told == place, $"place {place}");
        return Make(key, attempt.LeaseId);
    }

    private sealed class Places : IProgress<WaitProgress>
    {
        public ConcurrentQueue<int> Told { get; } = new();

        public void Report(WaitProgress value) => Told.Enqueue(value.Place);
    }

    private sealed class ScopedMeters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose()
        {
            foreach (var meter in _meters)
                meter.Dispose();
        }
    }
}
