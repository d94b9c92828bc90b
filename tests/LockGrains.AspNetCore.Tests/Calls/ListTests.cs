using System.Net;
using System.Text.Json;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

/// <summary>What is listed, and what nobody learns by asking for a list.</summary>
public sealed class ListTests : IAsyncLifetime
{
    private ApiHost _host = null!;

    private ApiClient Api => _host.Api;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task List_Prefix_HasItsLiveLocksInOrder()
    {
        foreach (var key in new[] { "list/é", "list/b", "list/a", "lis", "List/c" })
            await Api.TakeAsync(key);
        (await Api.PostAsync("/release", ApiClient.HoldOf(await Api.TakeAsync("list/gone")))).Expect(HttpStatusCode.OK);

        var reply = await ListAsync("prefix=list%2F");

        Assert.Equal(["list/a", "list/b", "list/é"], KeysOf(reply));
        Assert.Equal(JsonValueKind.Null, reply.Body.GetProperty("next").ValueKind);
        Assert.Equal(0, reply.Body.GetProperty("silosMissing").GetArrayLength());
        Assert.Equal("alice", reply.Body.GetProperty("locks")[0].GetProperty("owner").GetString());
        Assert.Equal(["List/c", "lis", "list/a", "list/b", "list/é"], KeysOf(await ListAsync("")));
    }

    [Fact]
    public async Task List_State_HasThoseAlone()
    {
        await Api.TakeAsync("state/held");
        await Api.TakeAsync("state/waited");
        (await Api.PostAsync("/acquire", AcquireTests.Waiting("state/waited", "bob", poll: 0))).Expect(HttpStatusCode.Accepted);

        Assert.Equal(["state/waited"], KeysOf(await ListAsync("state=waited")));
        Assert.Equal(["state/held", "state/waited"], KeysOf(await ListAsync("state=held")));
        Assert.Equal(["state/held", "state/waited"], KeysOf(await ListAsync("state=all")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(1000)]
    public async Task List_PageAfterPage_HasEachLockOnce(int limit)
    {
        string[] keys = ["p/1", "p/2", "p/3", "p/4", "p/5"];
        foreach (var key in keys)
            await Api.TakeAsync(key);

        var (found, pages) = await ListAllAsync(limit);

        Assert.Equal(keys, found);
        Assert.Equal((keys.Length + limit - 1) / limit, pages);
    }

    /// <summary>Neither a page, nor its length, nor where the next one begins tells of a lock that may not be read.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task List_LocksThatMayNotBeRead_AreAsIfTheyWereNotThere(int limit)
    {
        foreach (var key in new[] { "p/a", "p/b/hidden-1", "p/b/hidden-2", "p/c", "p/d", "p/e/hidden-3" })
            await Api.TakeAsync(key);
        _host.Access.Rule = static (_, key) => key.Contains("hidden", StringComparison.Ordinal) ? AccessOutcome.Forbidden : AccessOutcome.Allowed;

        var (found, pages) = await ListAllAsync(limit);

        Assert.Equal(["p/a", "p/c", "p/d"], found);
        Assert.Equal((3 + limit - 1) / limit, pages);
        Assert.DoesNotContain("hidden", (await ListAsync($"limit={limit}")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?prefix=p")]
    [InlineData("?prefix=p%2F")]
    public async Task List_PrefixThatMayNotBeRead_IsRefusedWhetherThereAreLocksOrNot(string query)
    {
        _host.Access.Rule = static (_, _) => AccessOutcome.Forbidden;
        var before = (await Api.GetAsync($"/v1/locks{query}")).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        _host.Access.Rule = static (_, _) => AccessOutcome.Allowed;
        await Api.TakeAsync("p/1");
        _host.Access.Rule = static (_, _) => AccessOutcome.Forbidden;
        var after = (await Api.GetAsync($"/v1/locks{query}")).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");

        Assert.Equal(before.TextOf("detail"), after.TextOf("detail"));
        _host.Access.Rule = static (_, _) => AccessOutcome.Unauthenticated;
        (await Api.GetAsync($"/v1/locks{query}")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task List_TooManyAtATime_IsRefused()
    {
        var lists = _host.Services.Lists;
        var taken = 0;
        while (taken < 100 && lists.TryEnter("stub"))
            taken++;
        Assert.Equal(4, taken);

        Assert.Equal("1", (await Api.GetAsync("/v1/locks")).ExpectProblem(HttpStatusCode.TooManyRequests, "too-many-lists").RetryAfter);

        _host.Access.Who = "other";
        (await Api.GetAsync("/v1/locks")).Expect(HttpStatusCode.OK);
        Assert.True(lists.TryEnter("other"));
    }

    [Fact]
    public async Task List_AsksForThePrefixFirst_AndThenForEachLock()
    {
        await Api.TakeAsync("asked/1");
        _host.Access.TakeAsked();

        await ListAsync("prefix=asked");

        Assert.Equal([(AccessVerb.Read, ""), (AccessVerb.Read, "asked"), (AccessVerb.Read, "asked/1")], _host.Access.TakeAsked());

        // Who asks is looked for once a page, and not for each lock of it.
        Assert.Equal(1, _host.Access.FiltersMade);
    }

    private async Task<(List<string> Keys, int Pages)> ListAllAsync(int limit)
    {
        List<string> keys = [];
        string? after = null;
        for (var pages = 1; ; pages++)
        {
            var reply = await ListAsync($"prefix=p&limit={limit}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            keys.AddRange(KeysOf(reply));
            after = reply.Body.GetProperty("next").GetString();
            if (after is null)
                return (keys, pages);
        }
    }

    private async Task<ApiReply> ListAsync(string query) => (await Api.GetAsync($"/v1/locks?{query}")).Expect(HttpStatusCode.OK);

    private static IEnumerable<string> KeysOf(ApiReply reply) => reply.Body.GetProperty("locks").EnumerateArray().Select(one => one.GetProperty("key").GetString()!);
}
