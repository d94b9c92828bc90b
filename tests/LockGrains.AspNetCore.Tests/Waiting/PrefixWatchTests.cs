using System.Net;
using System.Text.Json;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Waiting;

/// <summary>The live locks of a prefix as events: what has changed between two lists.</summary>
public sealed class PrefixWatchTests
{
    [Fact]
    public async Task WatchPrefix_LocksComeAndGo_TellsAllAndThenTheChanges()
    {
        await using var host = await ApiHost.StartAsync();
        await host.Api.TakeAsync("watched/1", "alice");
        await host.Api.TakeAsync("other/1");
        using var stream = await EventReader.OpenPrefixAsync(host, "watched/");
        var first = await stream.NextEventAsync();
        Assert.Equal(("watched/1", false, "alice"), (KeyOf(first), first.GetProperty("isGone").GetBoolean(), first.GetProperty("lock").GetProperty("owner").GetString()));

        var second = await host.Api.TakeAsync("watched/2", "bob");
        Assert.Equal("watched/2", KeyOf(await stream.NextEventAsync()));
        (await host.Api.PostAsync("/release", ApiClient.HoldOf(second))).Expect(HttpStatusCode.OK);
        var gone = await stream.NextEventAsync();

        Assert.Equal(("watched/2", true, JsonValueKind.Null), (KeyOf(gone), gone.GetProperty("isGone").GetBoolean(), gone.GetProperty("lock").ValueKind));
    }

    [Fact]
    public async Task WatchPrefix_NoLockIsLive_SaysSoFirst()
    {
        await using var host = await ApiHost.StartAsync();
        using var stream = await EventReader.OpenPrefixAsync(host, "");

        var first = await stream.NextEventAsync();

        Assert.Equal((JsonValueKind.Null, false), (first.GetProperty("key").ValueKind, first.GetProperty("isGone").GetBoolean()));
    }

    /// <summary>More locks than one write has.</summary>
    [Fact]
    public async Task WatchPrefix_ManyLocks_TellsEachOnceInOrder()
    {
        await using var host = await ApiHost.StartAsync();
        string[] keys = [.. Enumerable.Range(0, 250).Select(static index => $"many/{index:000}")];
        foreach (var key in keys)
            await host.Api.TakeAsync(key);
        using var stream = await EventReader.OpenPrefixAsync(host, "many/");
        List<string?> told = [];
        while (told.Count < keys.Length)
            told.Add(KeyOf(await stream.NextEventAsync()));

        Assert.Equal(keys, told);
    }

    [Fact]
    public async Task WatchPrefix_LockThatMayNotBeRead_IsNotTold_AndGoneWhenThatChanges()
    {
        await using var host = await ApiHost.StartAsync();
        foreach (var key in new[] { "w/a", "w/hidden", "w/z" })
            await host.Api.TakeAsync(key);
        host.Access.Rule = static (_, key) => key == "w/hidden" ? AccessOutcome.Forbidden : AccessOutcome.Allowed;
        using var stream = await EventReader.OpenPrefixAsync(host, "w/");
        Assert.Equal(("w/a", "w/z"), (KeyOf(await stream.NextEventAsync()), KeyOf(await stream.NextEventAsync())));

        host.Access.Rule = static (_, key) => key is "w/hidden" or "w/a" ? AccessOutcome.Forbidden : AccessOutcome.Allowed;
        var gone = await stream.NextEventAsync();

        Assert.Equal(("w/a", true), (KeyOf(gone), gone.GetProperty("isGone").GetBoolean()));
    }

    [Fact]
    public async Task WatchPrefix_Silent_IsPingedAndEndsWhenItIsNotAllowedAnyMore()
    {
        await using var host = await ApiHost.StartAsync(options => options.PingPeriod = TimeSpan.FromSeconds(1));
        using var stream = await EventReader.OpenPrefixAsync(host, "silent/");
        await stream.NextEventAsync();

        Assert.Equal(("ping", "{}"), await stream.NextAsync());
        host.Access.Rule = static (_, _) => AccessOutcome.Forbidden;

        await stream.WhenOverAsync();
    }

    [Fact]
    public async Task WatchPrefix_HostStops_Ends()
    {
        await using var host = await ApiHost.StartAsync();
        using var stream = await EventReader.OpenPrefixAsync(host, "stop/");
        await stream.NextEventAsync();

        var stop = host.StopAsync();

        await stream.WhenOverAsync();
        await stop;
    }

    [Fact]
    public async Task WatchPrefix_MoreStreamsThanAllowed_IsRefused()
    {
        await using var host = await ApiHost.StartAsync(options => options.MaxStreams = 1);
        using var stream = await EventReader.OpenAsync(host, "k");
        await stream.NextStateAsync();

        Assert.Equal("5", (await host.Api.GetAsync("/v1/watch?prefix=k")).ExpectProblem(HttpStatusCode.TooManyRequests, "too-many-streams").RetryAfter);
    }

    [Theory]
    [InlineData("Unauthenticated", HttpStatusCode.Unauthorized, "unauthenticated")]
    [InlineData("Forbidden", HttpStatusCode.Forbidden, "forbidden")]
    public async Task WatchPrefix_NotAllowed_IsRefused(string outcome, HttpStatusCode status, string code)
    {
        await using var host = await ApiHost.StartAsync();
        host.Access.Rule = (_, _) => Enum.Parse<AccessOutcome>(outcome);

        (await host.Api.GetAsync("/v1/watch?prefix=k")).ExpectProblem(status, code);
        Assert.Equal(code == "forbidden" ? [(AccessVerb.Read, ""), (AccessVerb.Read, "k")] : [(AccessVerb.Read, "")], host.Access.TakeAsked());
    }

    private static string? KeyOf(JsonElement one) => one.GetProperty("key").GetString();
}
