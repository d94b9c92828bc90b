using System.Net;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Harness;
using Microsoft.AspNetCore.Routing;

namespace LockGrains.AspNetCore.Tests.Calls;

/// <summary>Every endpoint asks who may do what before it does anything.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private const string Key = "asked/é";

    private static readonly string[] OfOperators = ["/revoke", "/limit"];

    // About no key of a lock: who asks is known, and that is all; or each lock is decided by itself.
    private static readonly string[] OfNoKey = ["GET ", "POST /beat"];

    private static readonly string[] OfSessions = ["POST /session/open", "POST /session/renew", "POST /session/close", "POST /session/revoke", "GET /session"];

    // About the locks or the cluster as a whole: TidyTests, SiloTests.
    private static readonly string[] OfAllLocks = ["POST /tidy", "GET /tidy", "GET /silos"];

    private ApiHost _host = null!;

    /// <summary>All calls that the host has: one that is added is here, and must ask like the others.</summary>
    private IEnumerable<string> Calls => _host.Endpoints
        .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal))
        .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText!["/v1".Length..].TrimEnd('/')}") ?? []);

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Post_OfALockNotAllowed_IsRefusedBeforeTheRestIsRead()
    {
        foreach (var path in Calls.Except([.. OfNoKey, .. OfSessions, .. OfAllLocks]).Where(IsPost).Select(PathOf))
        {
            var verb = OfOperators.Contains(path) ? AccessVerb.Revoke : AccessVerb.Acquire;

            // A body is read once it is known who asks; the verb is named then, too.
            await AssertRefusedAsync(() => _host.Api.PostAsync(path, new JsonObject { ["key"] = Key }), (verb, ""), (verb, ""), (verb, Key));
        }
    }

    [Fact]
    public async Task Get_OfALockNotAllowed_IsRefused()
    {
        foreach (var path in Calls.Except([.. OfNoKey, .. OfSessions, .. OfAllLocks, "GET /locks"]).Where(call => !IsPost(call)).Select(PathOf))
            await AssertRefusedAsync(() => _host.Api.GetAsync(path, Key), (AccessVerb.Read, ""), (AccessVerb.Read, ""), (AccessVerb.Read, Key));
    }

    [Fact]
    public async Task Call_NotAllowed_IsForbiddenWhateverItIs()
    {
        _host.Access.Rule = (_, _) => AccessOutcome.Forbidden;

        foreach (var call in Calls.Except(OfNoKey))
            (await SendAsync(call)).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task Call_NotKnown_IsRefusedBeforeItsBodyOrItsQueryIsLookedAt()
    {
        _host.Access.Rule = (_, _) => AccessOutcome.Unauthenticated;

        foreach (var call in Calls)
        {
            var reply = IsPost(call)
                ? await _host.Api.PostTextAsync(PathOf(call), "no JSON", "text/plain")
                : await _host.Api.GetAsync($"/v1{PathOf(call)}?nobody=knows");
            reply.ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        }
    }

    [Fact]
    public void Calls_ThatAreAboutNoLock_AreStillThere() => Assert.Empty(OfNoKey.Concat(OfSessions).Concat(OfAllLocks).Append("GET /locks").Except(Calls));

    [Fact]
    public async Task Beat_NotKnown_IsRefused()
    {
        _host.Access.Rule = (_, _) => AccessOutcome.Unauthenticated;

        (await _host.Api.PostAsync("/beat", new JsonObject { ["renewals"] = new JsonArray(ApiClient.HoldOf(ApiClient.Request(Key))) }))
            .ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Theory]
    [InlineData("/v1")]
    [InlineData("/v1/nothing")]
    [InlineData("/openapi/v1.json")]
    public async Task Get_WithoutAKeyOfALock_AsksOnlyWhoItIs(string path)
    {
        _host.Access.Rule = (_, _) => AccessOutcome.Unauthenticated;
        (await _host.Api.GetAsync(path)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");

        _host.Access.Rule = (_, _) => AccessOutcome.Forbidden;
        Assert.NotEqual(HttpStatusCode.Forbidden, (await _host.Api.GetAsync(path)).Status);
    }

    private static bool IsPost(string call) => call.StartsWith("POST ", StringComparison.Ordinal);

    private static string PathOf(string call) => call.Split(' ')[1];

    /// <summary>With what it needs to come as far as the question.</summary>
    private Task<ApiReply> SendAsync(string call)
    {
        var isOfSession = OfSessions.Contains(call);
        var id = Guid.NewGuid().ToString();
        if (IsPost(call))
            return _host.Api.PostAsync(PathOf(call), isOfSession ? new JsonObject { ["session"] = id } : new JsonObject { ["key"] = Key });
        return call is "GET /locks" or "GET /tidy" or "GET /silos" or "GET " ? _host.Api.GetAsync($"/v1{PathOf(call)}")
            : isOfSession ? _host.Api.GetAsync($"/v1{PathOf(call)}?id={id}")
            : _host.Api.GetAsync(PathOf(call), Key);
    }

    private async Task AssertRefusedAsync(Func<Task<ApiReply>> send, params (AccessVerb, string)[] asked)
    {
        _host.Access.TakeAsked();
        _host.Access.Rule = (_, _) => AccessOutcome.Unauthenticated;
        var unknown = (await send()).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.True(unknown.Headers.WwwAuthenticate.Count > 0);
        _host.Access.Rule = (_, _) => AccessOutcome.Forbidden;
        (await send()).ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal(asked, _host.Access.TakeAsked());
    }
}
