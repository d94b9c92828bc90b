using System.Net;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

/// <summary>What nobody can say is told as that, and never as yes or no. Why it is so is for the log.</summary>
public sealed class UnknownTests
{
    private static readonly Dictionary<string, string> Members = new()
    {
        ["/acquire"] = "\"owner\":\"a\",\"waitSeconds\":60",
        ["/renew"] = "",
        ["/release"] = "",
        ["/cancel"] = "",
        ["/verify"] = "",
        ["/upgrade"] = "\"change\":1",
        ["/cancel-upgrade"] = "\"change\":1",
        ["/downgrade"] = "\"change\":1",
        ["/value"] = "\"value\":null,\"ifVersion\":0",
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_WithoutAUsableReply_IsOutcomeUnknown(bool throws)
    {
        await using var host = await ApiHost.StartAsync(throws ? LostLocks.Throwing() : LostLocks.Unknowing());
        foreach (var (path, members) in Members)
        {
            var more = members.Length > 0 ? $",{members}" : "";
            AssertUnknown(await host.Api.PostTextAsync(path, $"{{\"key\":\"k\",\"leaseId\":\"{Guid.NewGuid()}\"{more}}}"));
        }

        AssertUnknown(await host.Api.PostTextAsync("/revoke", """{"key":"k","fencingToken":1}"""));
        AssertUnknown(await host.Api.PostTextAsync("/limit", """{"key":"k","limit":1,"ifVersion":0}"""));
        foreach (var (path, members) in new[] { ("/session/open", ",\"owner\":\"a\""), ("/session/renew", ""), ("/session/close", "") })
            AssertUnknown(await host.Api.PostTextAsync(path, $"{{\"session\":\"{Guid.NewGuid()}\",\"leaseId\":\"{Guid.NewGuid()}\"{members}}}"));
        AssertUnknown(await host.Api.PostTextAsync("/session/revoke", """{"session":"s"}"""));
        Assert.Equal(3, host.Logs.Lines.Count(line => line.StartsWith("LockGrains.Audit", StringComparison.Ordinal) && line.Contains("outcome-unknown", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Beat_WithoutAUsableReply_IsOutcomeUnknown()
    {
        await using var host = await ApiHost.StartAsync(LostLocks.Throwing());

        AssertUnknown(await host.Api.PostAsync("/beat", new JsonObject { ["renewals"] = new JsonArray(ApiClient.HoldOf(ApiClient.Request("k"))) }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_WithoutAUsableReply_IsUnavailable(bool throws)
    {
        await using var host = await ApiHost.StartAsync(throws ? LostLocks.Throwing() : LostLocks.Unknowing());
        foreach (var path in new[] { "/lock", "/value" })
        {
            var reply = (await host.Api.GetAsync(path, "k")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.DoesNotContain(LostLocks.Secret, reply.Text, StringComparison.Ordinal);
        }

        (await host.Api.GetAsync("/v1/session?id=s")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
    }

    [Fact]
    public async Task List_WithoutAUsableReply_IsUnavailable()
    {
        await using var host = await ApiHost.StartAsync(LostLocks.Throwing());

        var reply = (await host.Api.GetAsync("/v1/locks")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");

        Assert.DoesNotContain(LostLocks.Secret, reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("key=k")]
    [InlineData("prefix=k")]
    public async Task Watch_WithoutAUsableReply_TellsThatNobodyKnows(string query)
    {
        await using var host = await ApiHost.StartAsync(LostLocks.Throwing(), options => options.CallTimeout = TimeSpan.FromMilliseconds(100));
        using var response = await host.Client.GetAsync(new Uri($"/v1/watch?{query}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Equal("event: state", await reader.ReadLineAsync().WithinPatienceAsync("event"));
        var data = await reader.ReadLineAsync().WithinPatienceAsync("data");

        Assert.Contains("\"known\":false", data, StringComparison.Ordinal);
        Assert.DoesNotContain(LostLocks.Secret, data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistake_OfTheHost_IsA500WithABodyAndALine()
    {
        await using var host = await ApiHost.StartAsync(LostLocks.Throwing());
        host.Access.Rule = (_, _) => throw new InvalidOperationException(LostLocks.Secret);

        var reply = (await host.Api.GetAsync("/lock", "k")).ExpectProblem(HttpStatusCode.InternalServerError, "internal");

        Assert.DoesNotContain(LostLocks.Secret, reply.Text, StringComparison.Ordinal);
        Assert.Contains(host.Logs.Lines, line => line.StartsWith("LockGrains.Http Error", StringComparison.Ordinal) && line.Contains(LostLocks.Secret, StringComparison.Ordinal));
    }

    private static void AssertUnknown(ApiReply reply)
    {
        reply.ExpectProblem(HttpStatusCode.ServiceUnavailable, "outcome-unknown");
        Assert.Equal(("1", true), (reply.RetryAfter, reply.Body.GetProperty("retryable").GetBoolean()));
        Assert.DoesNotContain(LostLocks.Secret, reply.Text, StringComparison.Ordinal);
    }
}
