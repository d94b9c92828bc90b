using System.Diagnostics.Metrics;
using LockGrains.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.Cluster.Tests;

/// <summary>The gauges of a cluster: what is held, waits and is in memory now, wherever it is and whatever became of its silo.</summary>
public sealed class GaugeTests
{
    [Fact]
    public async Task Gauges_LifeOfALock_FollowItAndReturnToZero()
    {
        var (key, clock) = (LockCluster.NewKey("gauge"), new ManualTimeProvider());
        await using var cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1, Clock = clock });
        using var gauges = NewReader(cluster);
        var (holder, waiter) = (new Attempt(cluster.GetLock(key), "holder"), new Attempt(cluster.GetLock(key), "waiter"));
        Assert.Equal(new GaugeValues(0, 0, 0), gauges.Read());

        await holder.TakeAsync();
        Assert.Equal(new GaugeValues(1, 0, 1), gauges.Read());
        var waiting = await BeginWaitAsync(holder, waiter);
        Assert.Equal(new GaugeValues(1, 1, 1), gauges.Read());
        clock.Advance(cluster.Settings.Policy.Slice);
        await waiting.WithinPatienceAsync("end of the slice");
        await cluster.DeactivateAsync(key);
        Assert.Equal(new GaugeValues(0, 0, 0), gauges.Read());
        await holder.RenewAsync();
        Assert.Equal(new GaugeValues(1, 1, 1), gauges.Read());
        await waiter.CancelAsync();
        await holder.ReleaseAsync();
        Assert.Equal(new GaugeValues(0, 0, 1), gauges.Read());
        await cluster.DeactivateAsync(key);
        Assert.Equal(new GaugeValues(0, 0, 0), gauges.Read());
    }

    [Fact]
    public async Task Gauges_ActivationIsQuarantined_CountsNothingMoreAndTheNextOneCountsAgain()
    {
        var key = LockCluster.NewKey("gauge");
        await using var cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1 });
        using var gauges = NewReader(cluster);
        var holder = new Attempt(cluster.GetLock(key), "holder", mayBeUnknown: true);
        await holder.TakeAsync();

        cluster.Probe[key].IsDown = true;
        Assert.Equal(RenewStatus.Unknown, (await cluster.GetLock(key).RenewAsync(holder.LeaseId)).Status);
        Assert.Equal((0, 0), (gauges.Read().Held, gauges.Read().Waiting));
        cluster.Probe[key].IsDown = false;
        await holder.RenewAsync();
        await Eventually.BecomesAsync(() => Task.FromResult(gauges.Read()), values => values == new GaugeValues(1, 0, 1), "one hold in one activation");
    }

    [RedisFact]
    public async Task Gauges_SiloOfALockStops_TheNextOneCountsIt()
    {
        var key = LockCluster.NewKey("gauge");
        await using var redis = await RedisServer.StartAsync();

        // A clock that stands still: however long the stop takes, no lease and no grace ends.
        await using var cluster = await LockCluster.StartAsync(
            new LockClusterSettings { Silos = 2, Redis = redis.PatientConnectionString, Clock = new ManualTimeProvider() });
        var (holder, waiter) = (new Attempt(cluster.GetLock(key), "holder", mayBeUnknown: true), new Attempt(cluster.GetLock(key), "waiter", mayBeUnknown: true));
        await holder.TakeAsync();
        var waiting = await BeginWaitAsync(holder, waiter);
        var owner = cluster.OwnerOf(key);
        using var ofOwner = new GaugeReader(owner.ServiceProvider.GetRequiredService<IMeterFactory>());
        Assert.Equal(new GaugeValues(1, 1, 1), ofOwner.Read());
        await cluster.Inner.StopSiloAsync(owner);
        Assert.Equal(AcquireStatus.Queued, (await waiting.WithinPatienceAsync("answer of the silo that stops")).Status);
        await Eventually.BecomesAsync(
            async () => (await holder.RenewAsync()).Status, status => status == RenewStatus.Renewed, "renewal on the other silo");

        using var ofOther = NewReader(cluster);
        Assert.Equal(new GaugeValues(1, 1, 1), ofOther.Read());
    }

    private static async Task<Task<AcquireReply>> BeginWaitAsync(Attempt holder, Attempt waiter)
    {
        var waiting = waiter.AcquireAsync(waiter.Request with { Wait = Timeout.InfiniteTimeSpan });
        await Eventually.BecomesAsync(async () => (await holder.GetInfoAsync()).QueueLength, length => length == 1, "waiter in the queue");
        return waiting;
    }

    private static GaugeReader NewReader(LockCluster cluster) =>
        new([.. cluster.SiloServices.Select(services => services.GetRequiredService<IMeterFactory>())]);
}
