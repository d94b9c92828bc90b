using LockGrains.Storage.Testing;
using Xunit.Abstractions;

namespace LockGrains.PostgreSql.Tests;

/// <summary>The conformance kit on PostgreSQL, with a crash, a backup put back, and nothing left out.</summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    private static readonly ConformanceOptions Milder = new() { Keys = 60, Operations = 20_000, CaseTimeout = TimeSpan.FromMinutes(15) };

    [PostgresFact]
    public async Task PostgreSql_PassesEveryCase()
    {
        await using var server = await PostgresServer.StartAsync("max_connections=300");
        var service = $"kit-{Guid.NewGuid():N}";
        var report = await new StoreConformance(
            new StoreUnderTest
            {
                ConnectAsync = async _ => await Locks.PrepareAsync($"{server.ConnectionString};Maximum Pool Size=32", service),
                CloseAsync = stores => ((PostgreSqlLocks)stores).DisposeAsync(),
                CrashAsync = async _ =>
                {
                    await server.StopImmediatelyAsync();
                    await server.RestartAsync();
                },
                CopyAsync = async _ =>
                {
                    var putBack = await server.BackUpAsync();
                    return _ => putBack();
                },

                // It counts nothing: an ETag is random.
                AgeAsync = (_, _, _) => Task.CompletedTask,
            },
            Milder).RunAllAsync();

        output.WriteLine(report.ToString());
        report.ThrowIfFailed();
        Assert.DoesNotContain(report.Results, result => result.Outcome == ConformanceOutcome.Skipped);
    }
}
