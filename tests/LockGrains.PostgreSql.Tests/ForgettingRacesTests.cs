using LockGrains.Core.Tests.Coordination;
using Xunit.Abstractions;

namespace LockGrains.PostgreSql.Tests;

/// <summary>The races with a key that is being forgotten, each with its order of events, on a real PostgreSQL.</summary>
public sealed class ForgettingRacesTests(PostgresFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    [PostgresFact]
    public async Task PostgreSql_EveryRaceHasItsEnd()
    {
        await using var locks = await Locks.PrepareAsync(fixture.Server.ConnectionString);
        var races = ForgettingRaceTests.Races.ToList();
        Assert.True(races.Count >= 16, $"Only {races.Count} races were found.");
        foreach (var (name, run) in races)
        {
            output.WriteLine(name);
            run(locks.Open(LockSpace.Lock, $"race-{Guid.NewGuid():N}"));
        }
    }
}
