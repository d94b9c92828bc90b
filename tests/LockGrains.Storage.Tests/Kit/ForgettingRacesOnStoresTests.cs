using LockGrains.Core.Tests.Coordination;
using Xunit.Abstractions;

namespace LockGrains.Storage.Tests;

/// <summary>The races with a key that is being forgotten, each with its order of events, on real storages.</summary>
public sealed class ForgettingRacesOnStoresTests(ITestOutputHelper output)
{
    [RedisFact]
    public async Task Redis_EveryRaceHasItsEnd()
    {
        await using var redis = await RedisUnderTest.StartAsync();
        RunAll(await redis.ConnectAsync());
    }

    [Fact]
    public void Sqlite_EveryRaceHasItsEnd()
    {
        using var sqlite = new SqliteUnderTest();
        RunAll(sqlite.Stores);
    }

    private void RunAll(ILockStoreProvider stores)
    {
        var races = ForgettingRaceTests.Races.ToList();
        Assert.True(races.Count >= 16, $"Only {races.Count} races were found.");
        foreach (var (name, run) in races)
        {
            output.WriteLine(name);
            run(stores.Open(LockSpace.Lock, $"race-{Guid.NewGuid():N}"));
        }
    }
}
