using LockGrains.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.Cluster.Tests;

/// <summary>Keys that nobody uses leave storage and memory, also those of a silo that is gone.</summary>
public sealed class TidyTests
{
    // Longer than the clock is ever moved.
    private static readonly TimeSpan LongLease = TimeSpan.FromDays(10);
    private static readonly TimeSpan Silence = new LockPolicy().ForgetAfter + TimeSpan.FromSeconds(10);

    [RedisFact]
    public async Task Key_ThatNobodyUses_LeavesStorageAndMemory_AndItsTokensGrowOn()
    {
        await using var redis = await RedisServer.StartAsync();
        var clock = new ManualTimeProvider();
        await using var cluster = await LockCluster.StartAsync(
            new LockClusterSettings { Silos = 1, Redis = redis.PatientConnectionString, Clock = clock, ConfigureSilo = WithoutProbe });
        await using var records = await RedisRecords.ConnectAsync(redis, cluster.ServiceId);
        var key = LockCluster.NewKey("once");
        var first = new Attempt(cluster.GetLock(key));
        var token = await first.TakeAsync();
        var held = await records.ReadAsync(key);
        await first.ReleaseAsync();
        await AdvanceAsync(clock, TimeSpan.FromSeconds(1));

        // A write that is under way while the clock jumps has timed out, and ends the activation. Who asks is answered after it.
        await Eventually.BecomesAsync(() => records.ReadAsync(key), data => !data.SequenceEqual(held), "record of the release");
        await cluster.GetLock(key).GetInfoAsync();

        await AdvanceAsync(clock, Silence);

        await Eventually.BecomesAsync(() => records.Database.KeyExistsAsync(records.KeyOf(key)), exists => !exists, "deletion of the record");
        await Eventually.BecomesAsync(
            () => Task.FromResult(cluster.Inner.TryGetGrainContext(cluster.GetLock(key).GetGrainId(), out _)), isActive => !isActive, "end of the activation");
        Assert.True(await new Attempt(cluster.GetLock(key)).TakeAsync() > token);
    }

    [RedisFact]
    public async Task RecordsOfASiloThatIsGone_AreFoundByATidyPass()
    {
        await using var redis = await RedisServer.StartAsync();
        var clock = new ManualTimeProvider();
        await using var cluster = await LockCluster.StartAsync(
            new LockClusterSettings { Silos = 1, Redis = redis.PatientConnectionString, Clock = clock, Policy = new LockPolicy { LeaseMax = LongLease }, ConfigureSilo = WithoutProbe });
        await using var records = await RedisRecords.ConnectAsync(redis, cluster.ServiceId);
        var (released, forgotten, held) = (LockCluster.NewKey("released"), LockCluster.NewKey("forgotten"), LockCluster.NewKey("held"));
        var first = new Attempt(cluster.GetLock(released));
        await first.TakeAsync();
        await first.ReleaseAsync();
        await new Attempt(cluster.GetLock(forgotten)).TakeAsync();
        await new Attempt(cluster.GetLock(held)) { Lease = LongLease }.TakeAsync();
        await records.Database.HashSetAsync(records.KeyOf("damaged"), [new("etag", "x"), new("data", new byte[] { 1, 2, 3 })]);
        await AdvanceAsync(clock, TimeSpan.FromSeconds(1));
        foreach (var key in new[] { released, forgotten, held })
            await cluster.DeactivateAsync(key);

        // The one that was forgotten is in use until its lease ends.
        await AdvanceAsync(clock, Silence + LockRecord.LeftBehindMargin + TimeSpan.FromMinutes(1));
        Assert.True(await records.Database.KeyExistsAsync(records.KeyOf(released)));

        var report = await TidyAsync(cluster, clock);

        Assert.Equal((2, 1, 1), (report.LeftBehind, report.InUse, report.Unreadable));
        foreach (var key in new[] { released, forgotten })
        {
            await Eventually.BecomesAsync(
                async () =>
                {
                    await AdvanceAsync(clock, TimeSpan.FromSeconds(20));
                    return await records.Database.KeyExistsAsync(records.KeyOf(key));
                },
                exists => !exists,
                $"deletion of {key}");
        }

        Assert.True(await records.Database.KeyExistsAsync(records.KeyOf(held)));
    }

    /// <summary>Each silo that is left reports the one that is gone. A second pass would keep alive what the first has looked at.</summary>
    [RedisFact]
    public async Task PassesThatSeveralSilosAskForAtOnce_AreOne()
    {
        await using var redis = await RedisServer.StartAsync();
        var clock = new ManualTimeProvider();
        await using var cluster = await LockCluster.StartAsync(
            new LockClusterSettings { Silos = 1, Redis = redis.PatientConnectionString, Clock = clock, ConfigureSilo = WithoutProbe });
        await new Attempt(cluster.GetLock(LockCluster.NewKey("held"))).TakeAsync();
        await AdvanceAsync(clock, TimeSpan.FromSeconds(1));
        var tidy = cluster.Grains.GetGrain<ITidyGrain>(0);

        await tidy.StartUnlessBegunAsync();
        await tidy.StartUnlessBegunAsync();
        await EndOfPassAsync(cluster, clock);
        await tidy.StartUnlessBegunAsync();
        var afterSilos = await EndOfPassAsync(cluster, clock);
        await tidy.StartAsync();

        Assert.Equal((1, 1), (afterSilos.Passes, afterSilos.Records));
        await Eventually.BecomesAsync(async () => (await EndOfPassAsync(cluster, clock)).Passes, passes => passes == 2, "pass that a person asks for");
    }

    [Fact]
    public async Task StorageThatCannotList_SaysSo()
    {
        await using var cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1 });

        var report = await TidyAsync(cluster, clock: null);

        Assert.Contains("cannot", report.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ActivationOfAKeyThatIsForgottenLate_IsNotCollectedBefore()
    {
        await using var cluster = await LockCluster.StartAsync(
            new LockClusterSettings { Silos = 1, Policy = new LockPolicy { ForgetAfter = TimeSpan.FromHours(3) } });

        var options = cluster.SiloServices.Single().GetRequiredService<Microsoft.Extensions.Options.IOptions<Orleans.Configuration.GrainCollectionOptions>>().Value;

        Assert.Equal(TimeSpan.FromMinutes(182), options.ClassSpecificCollectionAge["LockGrains.LockGrain"]);
    }

    // The storage itself: what stands before it for other tests cannot list.
    private static void WithoutProbe(ISiloBuilder silo) =>
        silo.Services.Configure<LockGrainOptions>(options => options.StorageName = LockGrainOptions.DefaultStorageName);

    private static async Task AdvanceAsync(ManualTimeProvider clock, TimeSpan by)
    {
        clock.Advance(by);

        // What is due by now runs on the grains' own schedulers.
        await Task.Yield();
    }

    private static async Task<TidyReport> TidyAsync(LockCluster cluster, ManualTimeProvider? clock)
    {
        await cluster.Grains.GetGrain<ITidyGrain>(0).StartAsync();
        return await EndOfPassAsync(cluster, clock);
    }

    private static Task<TidyReport> EndOfPassAsync(LockCluster cluster, ManualTimeProvider? clock) =>
        Eventually.BecomesAsync(
            async () =>
            {
                // More than a pass over a few keys pauses, and far less than requests of silos may be apart, however often a slow machine looks.
                clock?.Advance(TimeSpan.FromMilliseconds(10));
                return await cluster.Grains.GetGrain<ITidyGrain>(0).GetReportAsync();
            },
            report => report is { IsRunning: false, Passes: > 0 } && (report.Records > 0 || report.Problem is not null),
            "end of the tidy pass");
}
