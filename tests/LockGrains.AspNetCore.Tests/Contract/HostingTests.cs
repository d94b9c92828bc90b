using LockGrains.AspNetCore.Tests.Harness;
using LockGrains.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace LockGrains.AspNetCore.Tests.Contract;

public sealed class HostingTests
{
    [Fact]
    public async Task Options_OutOfTheirRange_StopTheHostAndAreAllNamed()
    {
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => ApiHost.StartAsync(options =>
            (options.MaxWaiting, options.MaxStreams, options.MaxPercentOfOne, options.PingPeriod) = (0, -1, 101, TimeSpan.Zero)));

        Assert.Equal(
            [
                "LockGrainsHttpOptions.MaxWaiting is 0; it must be from 1 to 1000000.",
                "LockGrainsHttpOptions.MaxStreams is -1; it must be from 0 to 100000.",
                "LockGrainsHttpOptions.MaxPercentOfOne is 101; it must be from 1 to 100.",
                "LockGrainsHttpOptions.PingPeriod is 0; it must be from 1s to 1m.",
            ],
            problem.Failures);
    }

    [Fact]
    public async Task Map_WithoutAdd_SaysWhatIsMissing()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();

        Assert.Contains("AddLockGrainsHttp", Assert.Throws<InvalidOperationException>(() => app.MapLockGrainsApi()).Message, StringComparison.Ordinal);
        Assert.Contains("AddLockGrainsHttp", Assert.Throws<InvalidOperationException>(() => app.MapLockGrainsOpenApi()).Message, StringComparison.Ordinal);
    }

    /// <summary>A silo refuses heartbeats that come too seldom; the message says which setting it is.</summary>
    [Fact]
    public async Task BeatPeriod_TooLongForTheSilo_IsSaidToWhoWaits()
    {
        await using var host = await ApiHost.StartAsync(policy: new LockPolicy { PresenceWindow = TimeSpan.FromSeconds(5) });
        var key = ApiClient.NewKey("beat-period");
        await host.Api.TakeAsync(key);

        var reply = (await host.Api.PostAsync("/acquire", Calls.AcquireTests.Waiting(key, "bob", poll: 50))).ExpectProblem(System.Net.HttpStatusCode.BadRequest, "invalid");

        Assert.Contains("BeatPeriod", reply.TextOf("detail"), StringComparison.Ordinal);
    }
}
