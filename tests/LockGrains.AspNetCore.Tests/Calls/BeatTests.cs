using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

public sealed class BeatTests : IAsyncLifetime
{
    private ApiHost _host = null!;

    private ApiClient Api => _host.Api;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Beat_ManyOfManyKeys_HasAResultForEachInItsOrder()
    {
        var keys = Enumerable.Range(0, 20).Select(index => ApiClient.NewKey($"beat-{index}")).ToList();
        var holders = await Task.WhenAll(keys.Select(key => Api.TakeAsync(key)));
        var waiter = AcquireTests.Waiting(keys[0], "bob", poll: 50);
        using var cut = new CancellationTokenSource();
        var poll = Api.PostAsync("/acquire", waiter, cut.Token);
        await Api.WhenWaitingAsync(keys[0], 1);
        var stranger = ApiClient.Request(keys[1]);

        // The place is told once it is in storage.
        var reply = await Eventually.BecomesAsync(
            async () => (await Api.PostAsync("/beat", new JsonObject { ["renewals"] = Items([.. holders, stranger]), ["waits"] = Items([waiter, stranger]) })).Expect(HttpStatusCode.OK),
            beaten => beaten.Body.GetProperty("waits")[0].GetProperty("place").ValueKind == JsonValueKind.Number,
            "place");

        var renewals = reply.Body.GetProperty("renewals").EnumerateArray().ToList();
        Assert.Equal([.. keys, keys[1]], renewals.Select(result => result.GetProperty("key").GetString()!));
        Assert.Equal([.. Enumerable.Repeat("renewed", 20), "not-held"], renewals.Select(result => result.GetProperty("outcome").GetString()!));
        Assert.Equal(1, renewals[0].GetProperty("waiting").GetInt32());
        var waits = reply.Body.GetProperty("waits").EnumerateArray().ToList();
        Assert.Equal(["waits", "call-again"], waits.Select(result => result.GetProperty("outcome").GetString()!));
        Assert.Equal(1, waits[0].GetProperty("place").GetInt32());
        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public async Task Beat_NoneOrTooMany_IsInvalid(int count)
    {
        var items = Items([.. Enumerable.Range(0, count).Select(_ => ApiClient.Request("k"))]);

        Assert.Equal("renewals", (await Api.PostAsync("/beat", new JsonObject { ["renewals"] = items })).ExpectProblem(HttpStatusCode.BadRequest, "invalid").TextOf("member"));
    }

    [Fact]
    public async Task Beat_256OfLongKeys_FitsInTheBody()
    {
        var items = Items([.. Enumerable.Range(0, 256).Select(index => ApiClient.Request($"{index:000}{new string('k', 509)}"))]);

        var reply = (await Api.PostAsync("/beat", new JsonObject { ["renewals"] = items })).Expect(HttpStatusCode.OK);

        Assert.Equal(256, reply.Body.GetProperty("renewals").EnumerateArray().Count(result => result.GetProperty("outcome").GetString() == "not-held"));
    }

    [Fact]
    public async Task Beat_AForbiddenKeyAmongOthers_IsAResultOfItsOwn()
    {
        var (mine, other) = (await Api.TakeAsync(ApiClient.NewKey("mine")), await Api.TakeAsync(ApiClient.NewKey("other")));
        _host.Access.Rule = (_, key) => key.StartsWith("mine", StringComparison.Ordinal) ? AccessOutcome.Allowed : AccessOutcome.Forbidden;

        var reply = (await Api.PostAsync("/beat", new JsonObject { ["renewals"] = Items([other, mine, other]), ["waits"] = Items([other]) })).Expect(HttpStatusCode.OK);

        Assert.Equal(["forbidden", "renewed", "forbidden"], reply.Body.GetProperty("renewals").EnumerateArray().Select(result => result.GetProperty("outcome").GetString()!));
        Assert.Equal("forbidden", reply.Body.GetProperty("waits")[0].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Beat_AWrongItem_IsNamedWithItsPlace()
    {
        var items = Items([ApiClient.Request("k"), ApiClient.Request("k")]);
        ((JsonObject)items[1]!)["leaseId"] = 5;

        Assert.Equal("renewals[1].leaseId", (await Api.PostAsync("/beat", new JsonObject { ["renewals"] = items })).ExpectProblem(HttpStatusCode.BadRequest, "invalid").TextOf("member"));
    }

    private static JsonArray Items(IEnumerable<JsonObject> requests) => [.. requests.Select(ApiClient.HoldOf)];
}
