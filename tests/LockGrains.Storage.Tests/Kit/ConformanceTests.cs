using System.Diagnostics.CodeAnalysis;
using LockGrains.Storage.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Xunit.Abstractions;

namespace LockGrains.Storage.Tests;

/// <summary>The kit on every storage that is said to be sound.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Each test disposes what it starts.")]
public sealed class ConformanceTests(ITestOutputHelper output)
{
    private static readonly ConformanceOptions Hard = new() { CaseTimeout = TimeSpan.FromMinutes(15) };

    // Through calls of grains, or a server that others use as well: less of it.
    private static readonly ConformanceOptions Milder = new() { Keys = 60, Operations = 20_000, CaseTimeout = TimeSpan.FromMinutes(15) };

    [Fact]
    public Task Reference_PassesEveryCase() => RunAsync(new ReferenceStores().ForKit, Hard);

    [Fact]
    public async Task Sqlite_PassesEveryCaseButTheCrash_WhichIsAProcessOfItsOwn()
    {
        using var sqlite = new SqliteUnderTest();
        await RunAsync(sqlite.ForKit, Hard, "crash-keeps-acknowledged");
    }

    /// <summary>
    /// It takes any ETag where it has no record, so that grains survive the loss of the silo that keeps its memory. It is for tests, and says so.
    /// </summary>
    [Fact]
    public async Task OrleansMemory_FailsOnlyWhereThereNeverWasARecord()
    {
        var builder = new InProcessTestClusterBuilder(initialSilosCount: 1);
        builder.ConfigureSilo((_, silo) => silo.AddLockGrains().AddLockGrainsMemoryStorage());
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var stores = cluster.Silos.Single().ServiceProvider.GetRequiredService<ILockStoreProvider>();

        var report = await new StoreConformance(
            new StoreUnderTest { ConnectAsync = _ => ValueTask.FromResult(stores), AgeAsync = (_, _, _) => Task.CompletedTask }, Milder).RunAllAsync();

        output.WriteLine(report.ToString());
        Assert.Equal(["loser-changes-nothing", "delete-compares"], report.Failures.Select(failure => failure.Case));
        Assert.Contains("where there is no record", report.Failures[0].Detail, StringComparison.Ordinal);
        Assert.Contains("of no record", report.Failures[1].Detail, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Redis_PassesEveryCase()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        await RunAsync(redis.ForKit, Milder);
    }

    [RedisFact]
    public async Task RedisCluster_PassesEveryCase()
    {
        await using var redis = await RedisUnderTest.StartClusterAsync();
        await RunAsync(redis.ForKit, Milder);
    }

    private async Task RunAsync(StoreUnderTest store, ConformanceOptions options, params string[] skipped)
    {
        var report = await new StoreConformance(store, options).RunAllAsync();
        output.WriteLine(report.ToString());
        report.ThrowIfFailed();
        Assert.Equal(
            skipped.Order(StringComparer.Ordinal),
            report.Results.Where(result => result.Outcome == ConformanceOutcome.Skipped).Select(result => result.Case).Order(StringComparer.Ordinal));
    }
}
