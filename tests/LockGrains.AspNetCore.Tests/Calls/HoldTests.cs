using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

[Collection(SharedHost.Name)]
public sealed class HoldTests(SharedHost shared)
{
    private ApiClient Api => shared.Api;

    [Fact]
    public async Task Renew_Held_IsRenewedAndTellsHowManyWait()
    {
        var key = ApiClient.NewKey("renew");
        var holder = await Api.TakeAsync(key);
        (await Api.PostAsync("/acquire", AcquireTests.Waiting(key, "bob", poll: 0))).Expect(HttpStatusCode.Accepted);

        var reply = (await Api.PostAsync("/renew", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);

        Assert.Equal(("renewed", 1), (reply.Outcome, reply.WholeOf("waiting")));
        Assert.InRange(reply.NumberOf("validForSeconds"), 25, 30.1);
    }

    [Theory]
    [InlineData("/renew")]
    [InlineData("/release")]
    public async Task Hold_NeverHeld_IsNotHeld(string path) =>
        (await Api.PostAsync(path, ApiClient.HoldOf(ApiClient.Request(ApiClient.NewKey("never"))))).ExpectProblem(HttpStatusCode.Conflict, "not-held");

    [Fact]
    public async Task Renew_Revoked_IsNotHeldAndSaysWhy()
    {
        var key = ApiClient.NewKey("revoked");
        var holder = await Api.TakeAsync(key);
        var token = (await Api.PostAsync("/acquire", holder)).Token;

        var revoked = (await Api.PostAsync("/revoke", new JsonObject { ["key"] = key, ["fencingToken"] = token, ["reason"] = "stuck" })).Expect(HttpStatusCode.OK);

        Assert.Equal(("revoked", token, 1), (revoked.Outcome, revoked.Token, revoked.WholeOf("count")));
        Assert.Equal("revoked", (await Api.PostAsync("/renew", ApiClient.HoldOf(holder))).ExpectProblem(HttpStatusCode.Conflict, "not-held").TextOf("end"));
        (await Api.PostAsync("/revoke", new JsonObject { ["key"] = key, ["fencingToken"] = token })).ExpectProblem(HttpStatusCode.Conflict, "not-held");
    }

    [Fact]
    public async Task Revoke_ZeroToken_NeedsForce()
    {
        var key = ApiClient.NewKey("force");
        await Api.TakeAsync(key);
        var request = new JsonObject { ["key"] = key, ["fencingToken"] = 0 };

        Assert.Equal("fencingToken", (await Api.PostAsync("/revoke", request)).ExpectProblem(HttpStatusCode.BadRequest, "invalid").TextOf("member"));
        request["force"] = true;
        (await Api.PostAsync("/revoke", request)).Expect(HttpStatusCode.OK);
        Assert.Contains(shared.Host.Logs.Lines, line => line.Contains("LockGrains.Audit", StringComparison.Ordinal) && line.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Release_Twice_IsReleasedTwice()
    {
        var hold = ApiClient.HoldOf(await Api.TakeAsync(ApiClient.NewKey("release")));

        Assert.Equal("released", (await Api.PostAsync("/release", hold)).Expect(HttpStatusCode.OK).Outcome);
        Assert.Equal("released", (await Api.PostAsync("/release", hold)).Expect(HttpStatusCode.OK).Outcome);
    }

    [Fact]
    public async Task Cancel_HeldWaitingOrNeither_SaysWhichAndLeavesNothing()
    {
        var key = ApiClient.NewKey("cancel");
        var holder = await Api.TakeAsync(key);
        var waiter = AcquireTests.Waiting(key, "bob", poll: 0);
        (await Api.PostAsync("/acquire", waiter)).Expect(HttpStatusCode.Accepted);

        Assert.Equal("cancelled", (await Api.PostAsync("/cancel", ApiClient.HoldOf(waiter))).Expect(HttpStatusCode.OK).Outcome);
        Assert.Equal("released", (await Api.PostAsync("/cancel", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK).Outcome);
        Assert.Equal("not-held", (await Api.PostAsync("/cancel", ApiClient.HoldOf(ApiClient.Request(key)))).Expect(HttpStatusCode.OK).Outcome);
        (await Api.PostAsync("/acquire", waiter)).ExpectProblem(HttpStatusCode.Conflict, "ended");
    }

    [Fact]
    public async Task Verify_HeldAndNot_SaysSoWithTheLastToken()
    {
        var key = ApiClient.NewKey("verify");
        var holder = await Api.TakeAsync(key);

        var current = (await Api.PostAsync("/verify", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        var other = (await Api.PostAsync("/verify", ApiClient.HoldOf(ApiClient.Request(key)))).Expect(HttpStatusCode.OK);

        Assert.Equal(("current", true), (current.Outcome, current.Body.GetProperty("current").GetBoolean()));
        Assert.Equal(("not-held", false), (other.Outcome, other.Body.GetProperty("current").GetBoolean()));
        Assert.Equal(current.Body.GetProperty("lastFencingToken").GetInt64(), other.Body.GetProperty("lastFencingToken").GetInt64());
    }

    [Fact]
    public async Task Upgrade_BesideAReader_WaitsAndIsGrantedWithALargerToken()
    {
        var key = ApiClient.NewKey("upgrade");
        var reader = ApiClient.Request(key, "reader");
        reader["mode"] = "shared";
        (await Api.PostAsync("/acquire", reader)).Expect(HttpStatusCode.OK);
        var holder = ApiClient.Request(key, "writer");
        holder["mode"] = "upgradeable";
        var token = (await Api.PostAsync("/acquire", holder)).Expect(HttpStatusCode.OK).Token;
        var upgrade = Change(holder, 1);
        upgrade["pollSeconds"] = 0;

        (await Api.PostAsync("/upgrade", upgrade)).Expect(HttpStatusCode.Accepted);
        (await Api.PostAsync("/release", ApiClient.HoldOf(reader))).Expect(HttpStatusCode.OK);
        Assert.True((await Api.PostAsync("/upgrade", upgrade)).Expect(HttpStatusCode.OK).Token > token);

        var down = Change(holder, 2);
        down["mode"] = "shared";
        var changed = (await Api.PostAsync("/downgrade", down)).Expect(HttpStatusCode.OK);
        Assert.Equal(("changed", "shared", 1), (changed.Outcome, changed.TextOf("mode"), changed.WholeOf("permits")));
    }

    [Fact]
    public async Task Upgrade_GivenUp_LeavesTheHold()
    {
        var key = ApiClient.NewKey("given-up");
        var holder = ApiClient.Request(key, "writer");
        holder["mode"] = "upgradeable";
        (await Api.PostAsync("/acquire", holder)).Expect(HttpStatusCode.OK);
        (await Api.PostAsync("/upgrade", Change(holder, 1))).Expect(HttpStatusCode.OK);

        Assert.Equal("upgradeable", (await Api.PostAsync("/cancel-upgrade", Change(holder, 1))).Expect(HttpStatusCode.OK).TextOf("mode"));
        (await Api.PostAsync("/renew", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Upgrade_NotHeld_IsNotHeld()
    {
        var request = Change(ApiClient.Request(ApiClient.NewKey("no-hold")), 1);

        (await Api.PostAsync("/upgrade", request)).ExpectProblem(HttpStatusCode.Conflict, "not-held");
        (await Api.PostAsync("/cancel-upgrade", request)).ExpectProblem(HttpStatusCode.Conflict, "not-held");
        (await Api.PostAsync("/downgrade", request)).ExpectProblem(HttpStatusCode.Conflict, "not-held");
    }

    [Fact]
    public async Task Value_SetReadAndCleared_HasVersions()
    {
        var key = ApiClient.NewKey("value");
        var holder = await Api.TakeAsync(key);

        var set = (await Api.PostAsync("/value", Set(holder, new JsonObject { ["base64"] = "/w==" }, 0))).Expect(HttpStatusCode.OK);
        Assert.Equal(("set", 1), (set.Outcome, set.WholeOf("version")));
        var read = (await Api.GetAsync("/value", key)).Expect(HttpStatusCode.OK).Body.GetProperty("value");
        Assert.Equal(("/w==", JsonValueKind.Null), (read.GetProperty("base64").GetString(), read.GetProperty("text").ValueKind));
        Assert.Equal(1, (await Api.PostAsync("/value", Set(holder, null, 0))).ExpectProblem(HttpStatusCode.Conflict, "conflict").WholeOf("version"));
        (await Api.PostAsync("/value", Set(holder, null, 1))).Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, (await Api.GetAsync("/value", key)).Body.GetProperty("value").ValueKind);
        (await Api.PostAsync("/value", Set(ApiClient.Request(key), null, 2))).ExpectProblem(HttpStatusCode.Conflict, "not-held");
    }

    [Fact]
    public async Task Limit_SetAgainWithAnOldVersion_IsConflict()
    {
        var key = ApiClient.NewKey("limit");
        var request = new JsonObject { ["key"] = key, ["limit"] = 2, ["ifVersion"] = 0 };

        var set = (await Api.PostAsync("/limit", request)).Expect(HttpStatusCode.OK);
        Assert.Equal(("set", 2), (set.Outcome, set.WholeOf("limit")));
        request["limit"] = 5;
        Assert.Equal(set.WholeOf("version"), (await Api.PostAsync("/limit", request)).ExpectProblem(HttpStatusCode.Conflict, "conflict").WholeOf("version"));
        (request["limit"], request["ifVersion"]) = (null, set.WholeOf("version"));
        Assert.Equal(JsonValueKind.Null, (await Api.PostAsync("/limit", request)).Expect(HttpStatusCode.OK).Body.GetProperty("limit").ValueKind);
    }

    [Fact]
    public async Task Lock_Read_IsWhatTheCommandLinePrints()
    {
        var key = ApiClient.NewKey("status");
        await Api.TakeAsync(key);

        var reply = (await Api.GetAsync("/lock", key)).Expect(HttpStatusCode.OK);

        Assert.Equal((key, true, 1), (reply.TextOf("key"), reply.Body.GetProperty("held").GetBoolean(), reply.WholeOf("holderCount")));
        Assert.Equal("granted", reply.Body.GetProperty("recent")[0].GetProperty("what").GetString());
    }

    [Fact]
    public async Task About_SaysWhatServesHere()
    {
        var reply = (await Api.GetAsync("/v1")).Expect(HttpStatusCode.OK);

        Assert.Equal("LockGrains", reply.TextOf("name"));
        Assert.Equal(reply.Headers.GetValues("LockGrains-Store").Single(), reply.TextOf("store"));
        Assert.Equal((512, 16_384, 256), (reply.Body.GetProperty("limits").GetProperty("keyBytes").GetInt32(), reply.Body.GetProperty("limits").GetProperty("bodyBytes").GetInt32(), reply.Body.GetProperty("limits").GetProperty("beats").GetInt32()));
    }

    private static JsonObject Change(JsonObject request, int change)
    {
        var body = ApiClient.HoldOf(request);
        body["change"] = change;
        return body;
    }

    private static JsonObject Set(JsonObject request, JsonObject? value, long ifVersion)
    {
        var body = ApiClient.HoldOf(request);
        (body["value"], body["ifVersion"]) = (value, ifVersion);
        return body;
    }
}
