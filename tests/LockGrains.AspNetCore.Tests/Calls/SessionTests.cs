using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

/// <summary>Sessions, and locks under them, over HTTP.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private ApiHost _host = null!;

    private ApiClient Api => _host.Api;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Open_Repeated_IsOneSession()
    {
        var open = Opening();

        var first = (await Api.PostAsync("/session/open", open)).Expect(HttpStatusCode.OK);
        var copies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Api.PostAsync("/session/open", open)));

        Assert.Equal(("opened", IdOf(open)), (first.Outcome, first.TextOf("session")));
        Assert.All(copies, copy => Assert.Equal(TokenOf(first), TokenOf(copy.Expect(HttpStatusCode.OK))));
        Assert.InRange(first.NumberOf("validForSeconds"), 10, 20);
    }

    [Fact]
    public async Task Open_IdOfAnotherSession_IsBusy()
    {
        var open = Opening();
        (await Api.PostAsync("/session/open", open)).Expect(HttpStatusCode.OK);
        var other = Opening();
        other["session"] = IdOf(open);

        (await Api.PostAsync("/session/open", other)).ExpectProblem(HttpStatusCode.Locked, "busy");
    }

    [Fact]
    public async Task Close_LocksUnderIt_AreGrantedToWhoeverWaits()
    {
        var open = Opening();
        var token = TokenOf((await Api.PostAsync("/session/open", open)).Expect(HttpStatusCode.OK));
        string[] keys = [ApiClient.NewKey("under"), ApiClient.NewKey("under")];
        foreach (var key in keys)
            (await Api.PostAsync("/acquire", Under(key, open, token))).Expect(HttpStatusCode.OK);
        Assert.Equal(IdOf(open), (await Api.GetAsync("/lock", keys[0])).Body.GetProperty("holder").GetProperty("session").GetString());

        Assert.Equal("closed", (await Api.PostAsync("/session/close", HoldOf(open))).Expect(HttpStatusCode.OK).Outcome);

        foreach (var key in keys)
            (await Api.PostAsync("/acquire", AcquireTests.Waiting(key, "bob", poll: 20))).Expect(HttpStatusCode.OK);
        Assert.Equal("closed", (await Api.PostAsync("/session/close", HoldOf(open))).Expect(HttpStatusCode.OK).Outcome);
        (await Api.PostAsync("/session/renew", HoldOf(open))).ExpectProblem(HttpStatusCode.Conflict, "not-held");
    }

    [Fact]
    public async Task Acquire_UnderASessionThatIsOver_IsSessionEnded()
    {
        var open = Opening();
        var token = TokenOf((await Api.PostAsync("/session/open", open)).Expect(HttpStatusCode.OK));
        var key = ApiClient.NewKey("over");
        (await Api.PostAsync("/acquire", Under(key, open, token))).Expect(HttpStatusCode.OK);
        var waiter = Under(key, open, token);
        waiter["waitSeconds"] = 60;
        var poll = Api.PostAsync("/acquire", waiter);
        await Api.WhenWaitingAsync(key, 1);

        (await Api.PostAsync("/session/close", HoldOf(open))).Expect(HttpStatusCode.OK);
        (await Api.PostAsync("/acquire", AcquireTests.Waiting(key, "bob", poll: 20))).Expect(HttpStatusCode.OK);

        (await poll.WithinPatienceAsync("end of the wait")).ExpectProblem(HttpStatusCode.Conflict, "session-ended");
    }

    [Theory]
    [InlineData("sessionToken", null, "sessionToken")]
    [InlineData("session", null, "session")]
    [InlineData("session", "\"\"", "session")]
    [InlineData("session", "7", "session")]
    [InlineData("sessionToken", "-1", "sessionToken")]
    [InlineData("sessionToken", "\"1\"", "sessionToken")]
    public async Task Acquire_HalfASession_IsRefused(string member, string? json, string named)
    {
        var request = Under(ApiClient.NewKey("half"), Opening(), 1);
        request.Remove(member);
        if (json is not null)
            request[member] = JsonNode.Parse(json);

        Assert.Equal(named, (await Api.PostAsync("/acquire", request)).ExpectProblem(HttpStatusCode.BadRequest, "invalid").TextOf("member"));
    }

    [Fact]
    public async Task Renew_LivesOn_AndAnotherLeaseIdDoesNotHoldIt()
    {
        var open = Opening();
        open["renews"] = true;
        Assert.InRange((await Api.PostAsync("/session/open", open)).Expect(HttpStatusCode.OK).NumberOf("validForSeconds"), 1, 6);

        var renewed = (await Api.PostAsync("/session/renew", HoldOf(open))).Expect(HttpStatusCode.OK);
        Assert.InRange(renewed.NumberOf("validForSeconds"), 10, 20);
        Assert.Equal(0, renewed.Body.GetProperty("revokedKeys").GetArrayLength());
        var stranger = HoldOf(open);
        stranger["leaseId"] = Guid.NewGuid().ToString();
        (await Api.PostAsync("/session/renew", stranger)).ExpectProblem(HttpStatusCode.Conflict, "not-held");
        Assert.Equal("not-held", (await Api.PostAsync("/session/close", stranger)).Expect(HttpStatusCode.OK).Outcome);
        Assert.True((await GetAsync(open)).GetProperty("alive").GetBoolean());
    }

    [Fact]
    public async Task Close_BeforeTheOpenArrives_IsTheEndOfIt()
    {
        var open = Opening();
        (await Api.PostAsync("/session/close", HoldOf(open))).Expect(HttpStatusCode.OK);

        (await Api.PostAsync("/session/open", open)).ExpectProblem(HttpStatusCode.Conflict, "ended");
    }

    [Fact]
    public async Task Get_Session_SaysWhetherItLivesAndWhatItSaysOfItself()
    {
        var open = Opening();
        open["metadata"] = new JsonObject { ["text"] = "10.0.0.7:4711" };
        var token = TokenOf((await Api.PostAsync("/session/open", open)).Expect(HttpStatusCode.OK));

        var alive = await GetAsync(open);
        Assert.Equal((true, "alice", token), (alive.GetProperty("alive").GetBoolean(), alive.GetProperty("owner").GetString(), alive.GetProperty("sessionToken").GetInt64()));
        Assert.Equal("10.0.0.7:4711", alive.GetProperty("metadata").GetProperty("text").GetString());
        Assert.Equal("revoked", (await Api.PostAsync("/session/revoke", new JsonObject { ["session"] = IdOf(open), ["reason"] = "gone" })).Expect(HttpStatusCode.OK).Outcome);
        var over = await GetAsync(open);

        Assert.Equal((false, JsonValueKind.Null), (over.GetProperty("alive").GetBoolean(), over.GetProperty("metadata").ValueKind));
        (await Api.PostAsync("/session/revoke", new JsonObject { ["session"] = IdOf(open) })).ExpectProblem(HttpStatusCode.Conflict, "not-held");
        Assert.Contains(_host.Logs.Lines, line => line.StartsWith("LockGrains.Audit", StringComparison.Ordinal) && line.Contains($"revoked the session \"{IdOf(open)}\"", StringComparison.Ordinal));
    }

    /// <summary>One text names a lock and a session, and neither knows of the other.</summary>
    [Fact]
    public async Task IdOfASession_AsTheKeyOfALock_IsAnotherThing()
    {
        var open = Opening();
        (await Api.PostAsync("/session/open", open)).Expect(HttpStatusCode.OK);

        await Api.TakeAsync(IdOf(open), "bob");
        (await Api.PostAsync("/session/renew", HoldOf(open))).Expect(HttpStatusCode.OK);
        Assert.Equal("alice", (await GetAsync(open)).GetProperty("owner").GetString());
        Assert.Equal("bob", (await Api.GetAsync("/lock", IdOf(open))).Body.GetProperty("holder").GetProperty("owner").GetString());
        var asLock = new JsonObject { ["key"] = IdOf(open), ["leaseId"] = (string)open["leaseId"]! };
        (await Api.PostAsync("/release", asLock)).ExpectProblem(HttpStatusCode.Conflict, "not-held");
        Assert.Equal([IdOf(open)], (await Api.GetAsync($"/v1/locks?prefix={IdOf(open)}")).Body.GetProperty("locks").EnumerateArray().Select(one => one.GetProperty("key").GetString()));
    }

    [Theory]
    [InlineData("session", "\"billing\"", "session")]
    [InlineData("session", "\"00000000-0000-0000-0000-000000000000\"", "session")]
    [InlineData("session", "null", "session")]
    [InlineData("session", "\"\\n0f8fad5b-d9cb-469f-a165-70867728950e\"", "session")]
    [InlineData("session", "\"0F8FAD5B-D9CB-469F-A165-70867728950E\"", "session")]
    [InlineData("session", "\"0f8fad5bd9cb469fa16570867728950e\"", "session")]
    [InlineData("leaseId", "\" 0f8fad5b-d9cb-469f-a165-70867728950e\"", "leaseId")]
    [InlineData("owner", "\"\"", "owner")]
    [InlineData("leaseSeconds", "0", "leaseSeconds")]
    [InlineData("lockDelaySeconds", "61", "lockDelaySeconds")]
    [InlineData("metadata", "{\"text\":\"a\",\"keepForSeconds\":5}", "metadata.keepForSeconds")]
    [InlineData("metadata", "{\"text\":5}", "metadata.text")]
    [InlineData("key", "\"k\"", "key")]
    public async Task Open_WrongMember_IsNamed(string member, string json, string named)
    {
        var open = Opening();
        open[member] = JsonNode.Parse(json);

        Assert.Equal(named, (await Api.PostAsync("/session/open", open)).ExpectProblem(HttpStatusCode.BadRequest, "invalid").TextOf("member"));
    }

    [Fact]
    public async Task Open_MetadataTooLong_IsNamed()
    {
        var open = Opening();
        open["metadata"] = new JsonObject { ["text"] = new string('m', 1025) };

        var reply = (await Api.PostAsync("/session/open", open)).ExpectProblem(HttpStatusCode.BadRequest, "invalid");

        Assert.Equal("metadata", reply.TextOf("member"));
        Assert.StartsWith("metadata", reply.TextOf("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?id=")]
    [InlineData("?id=a&id=b")]
    [InlineData("?id=a&key=b")]
    public async Task Get_WrongQuery_IsRefused(string query) => (await Api.GetAsync($"/v1/session{query}")).ExpectProblem(HttpStatusCode.BadRequest, "invalid");

    [Theory]
    [InlineData("/session/open", "Acquire", AccessStub.Anywhere)]
    [InlineData("/session/renew", "Acquire", AccessStub.Anywhere)]
    [InlineData("/session/close", "Acquire", AccessStub.Anywhere)]
    [InlineData("/session/revoke", "Revoke", "")]
    [InlineData("/session", "Read", AccessStub.Anywhere)]
    public async Task Call_NotAllowed_IsRefused(string path, string verb, string asked)
    {
        var open = Opening();
        foreach (var (outcome, status, code) in new[]
        {
            (AccessOutcome.Unauthenticated, HttpStatusCode.Unauthorized, "unauthenticated"),
            (AccessOutcome.Forbidden, HttpStatusCode.Forbidden, "forbidden"),
        })
        {
            _host.Access.Rule = (_, _) => outcome;
            (path == "/session" ? await Api.GetAsync($"/v1/session?id={IdOf(open)}") : await Api.PostAsync(path, HoldOf(open))).ExpectProblem(status, code);

            // A revocation that is known is asked about twice: its body is read in between, since the audit log names the session.
            Assert.All(_host.Access.TakeAsked(), one => Assert.Equal((Enum.Parse<AccessVerb>(verb), asked), one));
        }
    }

    private static JsonObject Opening() => new() { ["session"] = Guid.NewGuid().ToString(), ["leaseId"] = Guid.NewGuid().ToString(), ["owner"] = "alice" };

    private static JsonObject HoldOf(JsonObject open) => new() { ["session"] = IdOf(open), ["leaseId"] = (string)open["leaseId"]! };

    private static JsonObject Under(string key, JsonObject open, long token)
    {
        var request = ApiClient.Request(key);
        (request["session"], request["sessionToken"], request["leaseSeconds"]) = (IdOf(open), token, 600);
        return request;
    }

    private static string IdOf(JsonObject open) => (string)open["session"]!;

    private static long TokenOf(ApiReply reply) => reply.Body.GetProperty("sessionToken").GetInt64();

    private async Task<JsonElement> GetAsync(JsonObject open) => (await Api.GetAsync($"/v1/session?id={IdOf(open)}")).Expect(HttpStatusCode.OK).Body;
}
