using System.Net;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

[Collection(SharedHost.Name)]
public sealed class AcquireTests(SharedHost shared)
{
    private ApiClient Api => shared.Api;

    [Fact]
    public async Task Acquire_FreeLock_IsGrantedWithTokenAndValidity()
    {
        var request = ApiClient.Request(ApiClient.NewKey("free"));

        var reply = (await Api.PostAsync("/acquire", request)).Expect(HttpStatusCode.OK);

        Assert.Equal(("granted", (string)request["key"]!), (reply.Outcome, reply.TextOf("key")));
        Assert.True(reply.Token > 0);
        Assert.Equal(30, reply.NumberOf("leaseSeconds"));
        Assert.InRange(reply.NumberOf("validForSeconds"), 25, 31);
        Assert.Equal("application/json", reply.ContentType);
        Assert.Equal("no-store", reply.Headers.CacheControl!.ToString());
        Assert.Matches("^[0-9a-f]{32}$", reply.Headers.GetValues("LockGrains-Store").Single());
    }

    [Fact]
    public async Task Acquire_FiftyCopiesAtOnce_HaveOneToken()
    {
        var request = ApiClient.Request(ApiClient.NewKey("copies"));

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Api.PostTextAsync("/acquire", request.ToJsonString())));

        Assert.All(replies, reply => reply.Expect(HttpStatusCode.OK));
        Assert.Single(replies.Select(reply => reply.Token).Distinct());
    }

    [Fact]
    public async Task Acquire_FiftyCopiesAtOnceOfTwoOwners_AreOneOwnersAndTheOtherIsRefused()
    {
        var request = ApiClient.Request(ApiClient.NewKey("two owners"), "alice");
        var other = (JsonObject)request.DeepClone();
        other["owner"] = "bob";
        JsonObject[] both = [request, other];

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => Api.PostTextAsync("/acquire", both[number % 2].ToJsonString())));

        var owner = (await Api.GetAsync("/lock", (string)request["key"]!)).Body.GetProperty("holder").GetProperty("owner").GetString();
        var (own, foreign) = (replies.Where((_, number) => (string?)both[number % 2]["owner"] == owner).ToList(), replies.Where((_, number) => (string?)both[number % 2]["owner"] != owner).ToList());
        Assert.Equal((25, 25), (own.Count, foreign.Count));
        Assert.Single(own.Select(reply => reply.Expect(HttpStatusCode.OK).Token).Distinct());
        Assert.All(foreign, reply => reply.ExpectProblem(HttpStatusCode.Conflict, "other-request"));
    }

    [Fact]
    public async Task Acquire_SameLeaseIdOfAnotherOwner_IsRefusedAndNamesTheOwnerAlone()
    {
        var request = await Api.TakeAsync(ApiClient.NewKey("owners"), "alice");
        var other = (JsonObject)request.DeepClone();
        other["owner"] = "bob";

        var reply = (await Api.PostAsync("/acquire", other)).ExpectProblem(HttpStatusCode.Conflict, "other-request");

        Assert.Contains("alice", reply.TextOf("detail"), StringComparison.Ordinal);
        Assert.DoesNotContain((string)request["leaseId"]!, reply.Text, StringComparison.OrdinalIgnoreCase);
        Assert.False(reply.Body.GetProperty("retryable").GetBoolean());
    }

    [Fact]
    public async Task Acquire_HeldAndReadyForNoWait_IsBusy()
    {
        var key = ApiClient.NewKey("busy");
        await Api.TakeAsync(key);

        var reply = (await Api.PostAsync("/acquire", ApiClient.Request(key, "bob"))).ExpectProblem(HttpStatusCode.Locked, "busy");

        Assert.Equal((key, 0, "1"), (reply.TextOf("key"), reply.WholeOf("queueLength"), reply.RetryAfter));
    }

    [Fact]
    public async Task Acquire_HeldAndPollIsZero_IsQueuedWithItsPlaceAndKeepsItOverRepetitions()
    {
        var key = ApiClient.NewKey("place");
        var holder = await Api.TakeAsync(key);
        var (first, second) = (Waiting(key, "bob", poll: 0), Waiting(key, "carol", poll: 0));

        var reply = (await Api.PostAsync("/acquire", first)).Expect(HttpStatusCode.Accepted);
        Assert.Equal(("queued", 1, 1), (reply.Outcome, reply.WholeOf("place"), reply.WholeOf("queueLength")));
        Assert.Equal((2, 6), (reply.NumberOf("nextPollSeconds"), reply.NumberOf("keepPlaceSeconds")));
        Assert.Equal(2, (await Api.PostAsync("/acquire", second)).Expect(HttpStatusCode.Accepted).WholeOf("place"));
        Assert.Equal(1, (await Api.PostAsync("/acquire", first)).Expect(HttpStatusCode.Accepted).WholeOf("place"));

        (await Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        var granted = (await Api.PostAsync("/acquire", first)).Expect(HttpStatusCode.OK);
        Assert.Equal(1, (await Api.PostAsync("/acquire", second)).Expect(HttpStatusCode.Accepted).WholeOf("place"));
        Assert.True(granted.Token > 1);
    }

    [Fact]
    public async Task Acquire_ReleasedDuringThePoll_IsGrantedInThatPoll()
    {
        var key = ApiClient.NewKey("handed-over");
        var holder = await Api.TakeAsync(key);
        var waiter = Waiting(key, "bob", poll: 50);
        var poll = Api.PostAsync("/acquire", waiter);
        await Api.WhenWaitingAsync(key, 1);

        (await Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);

        var reply = (await poll.WithinPatienceAsync("grant")).Expect(HttpStatusCode.OK);
        Assert.Equal(reply.Token, (await Api.PostAsync("/acquire", waiter)).Expect(HttpStatusCode.OK).Token);
    }

    [Fact]
    public async Task Acquire_WaitEndsInThePoll_IsTimedOutAndThenOver()
    {
        var key = ApiClient.NewKey("timed-out");
        await Api.TakeAsync(key);
        var request = Waiting(key, "bob", poll: 20);
        request["waitSeconds"] = 0.05;

        (await Api.PostAsync("/acquire", request)).ExpectProblem(HttpStatusCode.Locked, "timed-out");

        (await Api.PostAsync("/acquire", request)).ExpectProblem(HttpStatusCode.Conflict, "ended");
    }

    [Fact]
    public async Task Acquire_PollEnds_IsQueued()
    {
        var key = ApiClient.NewKey("poll-ends");
        await Api.TakeAsync(key);

        var reply = (await Api.PostAsync("/acquire", Waiting(key, "bob", poll: 0.2))).Expect(HttpStatusCode.Accepted);

        Assert.Equal((1, 0), (reply.WholeOf("place"), reply.NumberOf("nextPollSeconds")));
    }

    [Fact]
    public async Task Acquire_AfterItsRelease_IsOver()
    {
        var request = await Api.TakeAsync(ApiClient.NewKey("over"));
        (await Api.PostAsync("/release", ApiClient.HoldOf(request))).Expect(HttpStatusCode.OK);

        (await Api.PostAsync("/acquire", request)).ExpectProblem(HttpStatusCode.Conflict, "ended");
    }

    [Fact]
    public async Task Acquire_ByOneWhoRenews_HasAShortFirstLease()
    {
        var request = ApiClient.Request(ApiClient.NewKey("renews"));
        request["renews"] = true;

        var reply = (await Api.PostAsync("/acquire", request)).Expect(HttpStatusCode.OK);

        Assert.InRange(reply.NumberOf("validForSeconds"), 3, 5.1);
        Assert.InRange((await Api.PostAsync("/renew", ApiClient.HoldOf(request))).Expect(HttpStatusCode.OK).NumberOf("validForSeconds"), 25, 30.1);
    }

    [Fact]
    public async Task Acquire_Permits_SideBySideWithNumbersAndOverTheLimitOfTheKeyRefused()
    {
        var key = ApiClient.NewKey("permits");
        (await Api.PostAsync("/limit", new JsonObject { ["key"] = key, ["limit"] = 3, ["ifVersion"] = 0 })).Expect(HttpStatusCode.OK);

        var first = (await Api.PostAsync("/acquire", Shared(key, 2, 3))).Expect(HttpStatusCode.OK);
        var second = (await Api.PostAsync("/acquire", Shared(key, 1, 3))).Expect(HttpStatusCode.OK);

        int[] numbers = [.. new[] { first, second }.SelectMany(reply => reply.Body.GetProperty("permitNumbers").EnumerateArray()).Select(number => number.GetInt32())];
        Assert.Equal([0, 1, 2], numbers.Order());
        (await Api.PostAsync("/acquire", Shared(key, 4, 5))).ExpectProblem(HttpStatusCode.Conflict, "over-limit");
    }

    [Fact]
    public async Task Acquire_AllMembers_AreWhatTheLockShows()
    {
        var key = ApiClient.NewKey("members");
        var request = ApiClient.Request(key, "host/1");
        (request["leaseSeconds"], request["lockDelaySeconds"], request["mode"]) = (12.5, 1.5, "exclusive");
        request["value"] = new JsonObject { ["text"] = "10.0.0.7:5000", ["keepForSeconds"] = 60 };

        (await Api.PostAsync("/acquire", request)).Expect(HttpStatusCode.OK);

        var holder = (await Api.GetAsync("/lock", key)).Expect(HttpStatusCode.OK).Body.GetProperty("holder");
        Assert.Equal(("host/1", 12.5, 1.5), (holder.GetProperty("owner").GetString(), holder.GetProperty("leaseSeconds").GetDouble(), holder.GetProperty("lockDelaySeconds").GetDouble()));
        Assert.Equal("10.0.0.7:5000", (await Api.GetAsync("/value", key)).Expect(HttpStatusCode.OK).Body.GetProperty("value").GetProperty("text").GetString());
    }

    [Fact]
    public async Task Acquire_WaitForEver_IsQueued()
    {
        var key = ApiClient.NewKey("for-ever");
        await Api.TakeAsync(key);
        var request = Waiting(key, "bob", poll: 0);
        request["waitSeconds"] = null;

        (await Api.PostAsync("/acquire", request)).Expect(HttpStatusCode.Accepted);
    }

    internal static JsonObject Waiting(string key, string owner, double poll)
    {
        var request = ApiClient.Request(key, owner);
        (request["waitSeconds"], request["pollSeconds"]) = (600, poll);
        return request;
    }

    private static JsonObject Shared(string key, int permits, int limit)
    {
        var request = ApiClient.Request(key, "reader");
        (request["mode"], request["permits"], request["limit"]) = ("shared", permits, limit);
        return request;
    }
}
