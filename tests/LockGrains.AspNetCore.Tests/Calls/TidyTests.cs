using System.Net;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

/// <summary>Looking for records that nobody uses, and who may.</summary>
public sealed class TidyTests : IAsyncLifetime
{
    private ApiHost _host = null!;

    private ApiClient Api => _host.Api;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Tidy_Started_TellsOfThePassUntilItHasEnded()
    {
        var before = (await Api.GetAsync("/v1/tidy")).Expect(HttpStatusCode.OK).Body.GetProperty("passes").GetInt32();

        var report = (await Api.PostAsync("/tidy", [])).Expect(HttpStatusCode.OK).Body;
        while (report.GetProperty("isRunning").GetBoolean())
            report = (await Api.GetAsync("/v1/tidy")).Expect(HttpStatusCode.OK).Body;

        Assert.True(report.GetProperty("passes").GetInt32() > before, report.GetRawText());

        // Of what it counts the command line's tests know more: the storage of this host has no list.
        Assert.Contains("cannot list", report.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal((0, 0), (report.GetProperty("records").GetInt64(), report.GetProperty("leftBehind").GetInt64()));
    }

    [Theory]
    [InlineData("POST", "Revoke")]
    [InlineData("GET", "Read")]
    public async Task Tidy_NotAllowedForAllLocks_IsRefused(string method, string verb)
    {
        foreach (var (outcome, status, code) in new[]
        {
            (AccessOutcome.Unauthenticated, HttpStatusCode.Unauthorized, "unauthenticated"),
            (AccessOutcome.Forbidden, HttpStatusCode.Forbidden, "forbidden"),
        })
        {
            _host.Access.Rule = (_, _) => outcome;
            (method == "POST" ? await Api.PostTextAsync("/tidy", "no JSON", "text/plain") : await Api.GetAsync("/v1/tidy")).ExpectProblem(status, code);
            Assert.All(_host.Access.TakeAsked(), one => Assert.Equal((Enum.Parse<AccessVerb>(verb), ""), one));
        }
    }

    [Fact]
    public async Task Tidy_MemberThatIsNotKnown_IsRefused() => Assert.Equal(
        "force", (await Api.PostAsync("/tidy", new JsonObject { ["force"] = true })).ExpectProblem(HttpStatusCode.BadRequest, "invalid").TextOf("member"));

    [Fact]
    public async Task Tidy_WithoutAUsableReply_IsUnknownOrUnavailable()
    {
        await using var host = await ApiHost.StartAsync(LostLocks.Throwing());

        (await host.Api.PostAsync("/tidy", [])).ExpectProblem(HttpStatusCode.ServiceUnavailable, "outcome-unknown");
        (await host.Api.GetAsync("/v1/tidy")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
    }
}
