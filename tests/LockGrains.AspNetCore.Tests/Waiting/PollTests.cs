using System.Net;
using LockGrains.AspNetCore.Tests.Calls;
using LockGrains.AspNetCore.Tests.Harness;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Tests.Waiting;

/// <summary>A client that vanishes ends its call, and nothing else; a host that stops sends those that wait elsewhere.</summary>
public sealed class PollTests
{
    [Fact]
    public async Task Poll_CutInTheMiddle_KeepsItsPlaceForTheClientThatComesBack()
    {
        await using var host = await ApiHost.StartAsync();
        var key = ApiClient.NewKey("cut");
        var holder = await host.Api.TakeAsync(key);
        var (first, second) = (AcquireTests.Waiting(key, "bob", poll: 50), AcquireTests.Waiting(key, "carol", poll: 0));
        using var cut = new CancellationTokenSource();
        var poll = host.Api.PostAsync("/acquire", first, cut.Token);
        await host.Api.WhenWaitingAsync(key, 1);
        (await host.Api.PostAsync("/acquire", second)).Expect(HttpStatusCode.Accepted);

        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        await WhenAwayAsync(host, key);

        (await host.Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        (await host.Api.PostAsync("/acquire", first)).Expect(HttpStatusCode.OK);
        Assert.Equal(1, (await host.Api.PostAsync("/acquire", second)).Expect(HttpStatusCode.Accepted).WholeOf("place"));
    }

    [Fact]
    public async Task Poll_CutAndNotBackWithinTheWindow_LosesItsPlaceAndNobodyElseWaitsForIt()
    {
        await using var host = await ApiHost.StartAsync(
            options => options.BeatPeriod = TimeSpan.FromMilliseconds(150), new LockPolicy { PresenceWindow = TimeSpan.FromMilliseconds(500) });
        var key = ApiClient.NewKey("away");
        var holder = await host.Api.TakeAsync(key);
        using var cut = new CancellationTokenSource();
        var gone = AcquireTests.Waiting(key, "bob", poll: 50);
        var poll = host.Api.PostAsync("/acquire", gone, cut.Token);
        await host.Api.WhenWaitingAsync(key, 1);
        var next = host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "carol", poll: 50));
        await host.Api.WhenWaitingAsync(key, 2);

        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        await host.Api.WhenWaitingAsync(key, 1);

        (await host.Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        (await next.WithinPatienceAsync("grant to the next")).Expect(HttpStatusCode.OK);
        (await host.Api.PostAsync("/acquire", gone)).ExpectProblem(HttpStatusCode.Conflict, "ended");
    }

    [Fact]
    public async Task Poll_AnotherCopyComes_EndsTheFirstAsUnknownAndWaitsInItsPlace()
    {
        await using var host = await ApiHost.StartAsync();
        var key = ApiClient.NewKey("copies");
        var holder = await host.Api.TakeAsync(key);
        var request = AcquireTests.Waiting(key, "bob", poll: 50).ToJsonString();
        var first = host.Api.PostTextAsync("/acquire", request);
        await host.Api.WhenWaitingAsync(key, 1);

        var second = host.Api.PostTextAsync("/acquire", request);

        Assert.Equal("1", (await first.WithinPatienceAsync("end of the first")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "outcome-unknown").RetryAfter);
        await host.Api.WhenWaitingAsync(key, 1);
        (await host.Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        (await second.WithinPatienceAsync("grant")).Expect(HttpStatusCode.OK);
        Assert.Equal(0, host.Services.Room.Count);
    }

    [Fact]
    public async Task Grant_OfAClientThatVanished_IsNotReleased()
    {
        await using var host = await ApiHost.StartAsync();
        var key = ApiClient.NewKey("vanished");
        var request = ApiClient.Request(key);
        using var cut = new CancellationTokenSource();

        // Whether its reply comes or not, the hold is there for whoever has the id.
        var call = host.Api.PostAsync("/acquire", request, cut.Token);
        await Eventually.BecomesAsync(async () => (await host.Api.GetAsync("/lock", key)).WholeOf("holderCount"), count => count == 1, "holder");
        await cut.CancelAsync();
        await Record.ExceptionAsync(() => call);

        (await host.Api.PostAsync("/renew", ApiClient.HoldOf(request))).Expect(HttpStatusCode.OK);
    }

    /// <summary>Twice the window: without heartbeats the place would be lost.</summary>
    [Fact]
    public async Task Poll_LongerThanTheWindow_KeepsItsPlaceByTheHeartbeatsOfTheHost()
    {
        await using var host = await ApiHost.StartAsync(
            options => options.BeatPeriod = TimeSpan.FromMilliseconds(300), new LockPolicy { PresenceWindow = TimeSpan.FromSeconds(1) });
        var key = ApiClient.NewKey("beats");
        await host.Api.TakeAsync(key);
        var request = AcquireTests.Waiting(key, "bob", poll: 2.2);

        var reply = (await host.Api.PostAsync("/acquire", request)).Expect(HttpStatusCode.Accepted);

        Assert.Equal((1, 0.6), (reply.WholeOf("place"), reply.NumberOf("keepPlaceSeconds")));
        Assert.Equal(1, (await host.Api.GetAsync("/lock", key)).Body.GetProperty("waiters")[0].GetProperty("ticket").GetInt64());
    }

    [Fact]
    public async Task HostStop_PollIsOpen_EndsItWithItsPlaceAndClosesTheConnection()
    {
        await using var host = await ApiHost.StartAsync();
        var key = ApiClient.NewKey("stop");
        await host.Api.TakeAsync(key);
        var poll = host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "bob", poll: 50));
        await host.Api.WhenWaitingAsync(key, 1);

        var stop = host.StopAsync();

        var reply = (await poll.WithinPatienceAsync("reply")).Expect(HttpStatusCode.Accepted);
        Assert.Equal((1, true), (reply.WholeOf("place"), reply.Headers.ConnectionClose));
        await stop;
    }

    [Fact]
    public async Task Room_Full_RefusesNewWaitsAndNothingElse()
    {
        await using var host = await ApiHost.StartAsync(options => (options.MaxWaiting, options.MaxPercentOfOne) = (2, 100));
        var key = ApiClient.NewKey("room");
        var holder = await host.Api.TakeAsync(key);
        var (first, second, third) = (AcquireTests.Waiting(key, "a", 0), AcquireTests.Waiting(key, "b", 0), AcquireTests.Waiting(key, "c", 0));
        (await host.Api.PostAsync("/acquire", first)).Expect(HttpStatusCode.Accepted);
        (await host.Api.PostAsync("/acquire", second)).Expect(HttpStatusCode.Accepted);

        var refused = (await host.Api.PostAsync("/acquire", third)).ExpectProblem(HttpStatusCode.TooManyRequests, "too-many-waiting");

        Assert.Equal(("1", true), (refused.RetryAfter, refused.Body.GetProperty("retryable").GetBoolean()));
        (await host.Api.PostAsync("/acquire", first)).Expect(HttpStatusCode.Accepted);
        (await host.Api.PostAsync("/renew", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        (await host.Api.PostAsync("/acquire", ApiClient.Request(ApiClient.NewKey("elsewhere")))).Expect(HttpStatusCode.OK);
        (await host.Api.PostAsync("/cancel", ApiClient.HoldOf(second))).Expect(HttpStatusCode.OK);
        (await host.Api.PostAsync("/acquire", third)).Expect(HttpStatusCode.Accepted);
        (await host.Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        (await host.Api.PostAsync("/acquire", first)).Expect(HttpStatusCode.OK);
        Assert.Equal(1, host.Services.Room.Count);
    }

    [Fact]
    public async Task Room_OneCallerHasItsShare_IsFullForThatOneAlone()
    {
        await using var host = await ApiHost.StartAsync(options => options.MaxWaiting = 2);
        var key = ApiClient.NewKey("share");
        await host.Api.TakeAsync(key);
        (await host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "a", 0))).Expect(HttpStatusCode.Accepted);

        (await host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "b", 0))).ExpectProblem(HttpStatusCode.TooManyRequests, "too-many-waiting");

        host.Access.Who = "other";
        (await host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "c", 0))).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Room_Full_IsNotInTheWayOfAFreeLock()
    {
        await using var host = await StartFullAsync();

        (await host.Api.PostAsync("/acquire", AcquireTests.Waiting(ApiClient.NewKey("free"), "bob", 50))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Room_FullAndTheGrantWasNotReceived_IsTheSameGrant()
    {
        await using var host = await StartFullAsync();
        var key = ApiClient.NewKey("lost");
        var request = AcquireTests.Waiting(key, "bob", 50);
        var first = (await host.Api.PostAsync("/acquire", request)).Expect(HttpStatusCode.OK);

        Assert.Equal(first.Token, (await host.Api.PostAsync("/acquire", request)).Expect(HttpStatusCode.OK).Token);
    }

    /// <summary>It waits by the lock's word alone, as one does that came through another host or stayed away for longer than its room is kept.</summary>
    [Fact]
    public async Task Room_FullAndTheLockKnowsTheWaiter_KeepsItsPlaceAndSaysWhenToComeBack()
    {
        await using var host = await StartFullAsync();
        var key = ApiClient.NewKey("elsewhere");
        await host.Api.TakeAsync(key);
        var request = AcquireTests.Waiting(key, "bob", 50);
        var elsewhere = new AcquireRequest
        {
            LeaseId = Guid.Parse((string)request["leaseId"]!),
            OwnerId = "bob",
            Wait = TimeSpan.FromMinutes(1),
            Slice = TimeSpan.FromMilliseconds(1),
        };
        Assert.Equal(AcquireStatus.Queued, (await host.Services.Grains.GetLock(key).AcquireAsync(elsewhere)).Status);

        var reply = (await host.Api.PostAsync("/acquire", request)).Expect(HttpStatusCode.Accepted);

        Assert.Equal(1, reply.WholeOf("place"));
        Assert.InRange(reply.NumberOf("nextPollSeconds"), 0.1, reply.NumberOf("keepPlaceSeconds"));
        Assert.Equal(1, host.Services.Room.Count);
        await host.Api.WhenWaitingAsync(key, 1);
    }

    [Fact]
    public async Task Queue_Full_IsSaid()
    {
        await using var host = await ApiHost.StartAsync(policy: new LockPolicy { QueueLimit = 1 });
        var key = ApiClient.NewKey("full");
        await host.Api.TakeAsync(key);
        (await host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "a", 0))).Expect(HttpStatusCode.Accepted);

        var reply = (await host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "b", 0))).ExpectProblem(HttpStatusCode.TooManyRequests, "queue-full");

        Assert.Equal(("1", 1), (reply.RetryAfter, reply.WholeOf("queueLength")));
    }

    /// <summary>There is room for one, and one waits.</summary>
    private static async Task<ApiHost> StartFullAsync()
    {
        var host = await ApiHost.StartAsync(options => options.MaxWaiting = 1);
        var key = ApiClient.NewKey("only");
        await host.Api.TakeAsync(key);
        (await host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "only", 0))).Expect(HttpStatusCode.Accepted);
        return host;
    }

    private static Task<bool> WhenAwayAsync(ApiHost host, string key) => Eventually.BecomesAsync(
        async () => (await host.Api.GetAsync("/lock", key)).Body.GetProperty("waiters")[0].GetProperty("attached").GetBoolean(), attached => !attached, "end of the call");
}
