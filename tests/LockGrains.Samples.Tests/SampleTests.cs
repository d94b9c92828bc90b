using System.Text.RegularExpressions;

namespace LockGrains.Samples.Tests;

/// <summary>Each sample runs by itself, ends by itself, and writes what it is said to write.</summary>
public sealed class SampleTests
{
    [Fact]
    public Task QuickStart_WritesWhatTheReadmeShows() => AssertOutputAsync("QuickStart", Readme.FirstOutput);

    [Fact]
    public Task OrleansApp_GrainsAtOnce_LoseNoPayment() => AssertOutputAsync(
        "OrleansApp",
        [
            "10 tellers paid in 10 each. The account has 100.",
            "It refused 0 writes.",
        ]);

    [Fact]
    public Task FencedRow_HolderPausedPastItsLease_ItsWriteIsRefused() => AssertOutputAsync(
        "FencedRow",
        [
            "first: holds the lock, and is paused",
            "second: holds the lock, since the first lease is over; its token is larger: True",
            "second: its write is done",
            "first: wakes up, does not look at its lock, and writes",
            "first: its write is refused",
            "first: its handle knows that the lock was lost: True",
            "The row was written by the second.",
        ]);

    [RedisFact]
    public async Task RedisSiloAndRedisClient_FindEachOtherInRedis()
    {
        await using var redis = await RedisServer.StartAsync();
        string[] args = ["--Redis", redis.ConnectionString];
        var programs = new Programs();
        using var silo = programs.StartSample("RedisSilo", args);
        await silo.WhenLineAsync("Application started");

        using var client = programs.StartSample("RedisClient", args);
        await client.ExpectExitAsync(0);
        Assert.Single(client.Out, line => Regex.IsMatch(line, "^Held, with token [0-9]+.$"));

        silo.Signal(Signals.Terminate);
        await silo.ExpectExitAsync(0);
    }

    private static async Task AssertOutputAsync(string sample, IReadOnlyList<string> expected)
    {
        using var program = new Programs().StartSample(sample);
        await program.ExpectExitAsync(0);
        Assert.Equal(expected, program.Out);
        Assert.Empty(program.Error);
    }
}
