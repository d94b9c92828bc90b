using System.Net;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Waiting;

public sealed class WatchTests
{
    [Fact]
    public async Task Watch_LockChanges_TellsTheLatestStates()
    {
        await using var host = await ApiHost.StartAsync();
        var key = ApiClient.NewKey("watch");
        using var stream = await EventReader.OpenAsync(host, key);
        Assert.Equal(("text/event-stream", "no"), (stream.ContentType, stream.Header("X-Accel-Buffering")));
        Assert.False((await stream.NextStateAsync()).GetProperty("held").GetBoolean());

        var holder = await host.Api.TakeAsync(key);
        await stream.WhenStateAsync(state => state.GetProperty("held").GetBoolean());
        (await host.Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        await stream.WhenStateAsync(state => !state.GetProperty("held").GetBoolean());
    }

    [Fact]
    public async Task Watch_Silent_IsPingedAndEndsWhenItIsNotAllowedAnyMore()
    {
        await using var host = await ApiHost.StartAsync(options => options.PingPeriod = TimeSpan.FromSeconds(1));
        using var stream = await EventReader.OpenAsync(host, ApiClient.NewKey("silent"));
        await stream.NextStateAsync();

        Assert.Equal(("ping", "{}"), await stream.NextAsync());
        host.Access.Rule = (_, _) => AccessOutcome.Forbidden;

        // One ping may have been on its way.
        await stream.WhenOverAsync();
    }

    [Fact]
    public async Task Watch_MoreThanAllowed_IsRefusedUntilOneEnds()
    {
        await using var host = await ApiHost.StartAsync(options => options.MaxStreams = 1);
        var key = ApiClient.NewKey("streams");
        using (var stream = await EventReader.OpenAsync(host, key))
        {
            await stream.NextStateAsync();
            Assert.Equal("5", (await host.Api.GetAsync("/watch", key)).ExpectProblem(HttpStatusCode.TooManyRequests, "too-many-streams").RetryAfter);
        }

        await Eventually.BecomesAsync(() => TryOpenAsync(host, key), opened => opened, "room for another stream");
    }

    [Fact]
    public async Task Watch_OneCallerHasItsShare_LeavesTheRestToOthers()
    {
        await using var host = await ApiHost.StartAsync(options => options.MaxStreams = 2);
        var key = ApiClient.NewKey("share");
        using var stream = await EventReader.OpenAsync(host, key);
        await stream.NextStateAsync();

        Assert.False(await TryOpenAsync(host, key));

        host.Access.Who = "other";
        Assert.True(await TryOpenAsync(host, key));
    }

    [Fact]
    public async Task Watch_HostStops_Ends()
    {
        await using var host = await ApiHost.StartAsync();
        using var stream = await EventReader.OpenAsync(host, ApiClient.NewKey("stop"));
        await stream.NextStateAsync();

        var stop = host.StopAsync();

        await stream.WhenOverAsync();
        await stop;
    }

    /// <summary>It reads nothing while the lock changes hands; the host keeps nothing for it, and it learns the latest state.</summary>
    [Fact]
    public async Task Watch_ReadSlowly_HoldsUpNobodyAndSeesTheLatestState()
    {
        await using var host = await ApiHost.StartAsync();
        var key = ApiClient.NewKey("slow");
        using var stream = await EventReader.OpenAsync(host, key);
        for (var round = 0; round < 200; round++)
        {
            var holder = await host.Api.TakeAsync(key, $"owner {round}");
            (await host.Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        }

        await host.Api.TakeAsync(key, "the last");

        var states = await stream.WhenStateAsync(state => state.GetProperty("held").GetBoolean() && state.GetProperty("holder").GetProperty("owner").GetString() == "the last");
        Assert.InRange(states, 1, 399);
    }

    private static async Task<bool> TryOpenAsync(ApiHost host, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/watch?key={Uri.EscapeDataString(key)}");
        using var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return response.IsSuccessStatusCode;
    }
}
