using System.Net;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

/// <summary>Every endpoint asks who may do what before it does anything.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private const string Key = "asked/é";

    private static readonly string[] OfOperators = ["/revoke", "/limit"];

    private ApiHost _host = null!;

    public static TheoryData<string> Posts =>
        ["/acquire", "/renew", "/release", "/cancel", "/verify", "/upgrade", "/cancel-upgrade", "/downgrade", "/value", "/revoke", "/limit"];

    public static TheoryData<string> Gets => ["/lock", "/value", "/watch"];

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Posts))]
    public async Task Post_NotAllowed_IsRefusedBeforeTheRestIsRead(string path)
    {
        var body = new JsonObject { ["key"] = Key };
        var verb = OfOperators.Contains(path) ? AccessVerb.Revoke : AccessVerb.Acquire;

        await AssertRefusedAsync(() => _host.Api.PostAsync(path, body), (verb, ""), (verb, ""), (verb, Key));
    }

    [Theory]
    [MemberData(nameof(Posts))]
    [InlineData("/beat")]
    [InlineData("/session/open")]
    [InlineData("/session/renew")]
    [InlineData("/session/close")]
    [InlineData("/session/revoke")]
    public async Task Post_NotKnown_IsRefusedBeforeItsBodyIsLookedAt(string path)
    {
        _host.Access.Rule = (_, _) => AccessOutcome.Unauthenticated;

        (await _host.Api.PostTextAsync(path, "no JSON", "text/plain")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Theory]
    [MemberData(nameof(Gets))]
    public async Task Get_NotAllowed_IsRefused(string path) => await AssertRefusedAsync(() => _host.Api.GetAsync(path, Key), (AccessVerb.Read, Key), (AccessVerb.Read, Key));

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
