using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Input;

/// <summary>The proof of ownership is in no log line, span or reply, whatever is done with it.</summary>
public sealed class SecretTests
{
    private static readonly string[] Paths =
        ["/acquire", "/acquire", "/renew", "/verify", "/upgrade", "/cancel-upgrade", "/downgrade", "/value", "/release", "/release", "/cancel", "/beat", "/revoke", "/limit", "/nothing",
            "/session/open", "/session/open", "/session/renew", "/session/close", "/session/revoke"];

    [Fact]
    public async Task LeaseId_InEveryCallRightAndWrong_IsInNoLogSpanOrReply()
    {
        var spans = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => spans.Enqueue($"{activity.DisplayName} {activity.StatusDescription} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Baggage)}"),
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await ApiHost.StartAsync();
        var leaseId = Guid.NewGuid();
        var replies = new List<ApiReply>();
        foreach (var path in Paths)
        {
            foreach (var body in MakeBodies(leaseId))
                replies.Add(await host.Api.PostAsync(path, body));
        }

        replies.Add(await host.Api.GetAsync("/lock", "secret"));
        foreach (var form in new[] { "D", "N" })
        {
            var text = leaseId.ToString(form);
            Assert.DoesNotContain(host.Logs.Lines, line => line.Contains(text, StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(spans, span => span.Contains(text, StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(replies, reply => reply.Text.Contains(text, StringComparison.OrdinalIgnoreCase));
        }

        // What was looked through is not nothing.
        Assert.Contains(host.Logs.Lines, line => line.Contains("/v1/acquire", StringComparison.Ordinal));
        Assert.Contains(spans, span => span.Contains("secret", StringComparison.Ordinal));
    }

    private static IEnumerable<JsonObject> MakeBodies(Guid leaseId)
    {
        var right = new JsonObject { ["key"] = "secret", ["leaseId"] = leaseId.ToString() };
        yield return right;
        var owned = (JsonObject)right.DeepClone();
        owned["owner"] = "alice";
        yield return owned;
        var other = (JsonObject)owned.DeepClone();
        other["owner"] = "bob";
        yield return other;
        var changed = (JsonObject)right.DeepClone();
        (changed["change"], changed["pollSeconds"]) = (1, 0);
        yield return changed;
        yield return new JsonObject { ["key"] = "secret", ["leaseId"] = $"{leaseId}x" };
        yield return new JsonObject { ["key"] = "secret", ["leaseId"] = new JsonArray(leaseId.ToString()) };
        yield return new JsonObject { ["session"] = "0f8fad5b-d9cb-469f-a165-70867728950e", ["leaseId"] = leaseId.ToString() };
        yield return new JsonObject { ["session"] = "0f8fad5b-d9cb-469f-a165-70867728950e", ["leaseId"] = leaseId.ToString(), ["owner"] = "alice" };
        yield return new JsonObject { ["renewals"] = new JsonArray(right.DeepClone()) };
        yield return new JsonObject { ["renewals"] = leaseId.ToString() };
        yield return new JsonObject { ["key"] = "secret", ["mode"] = leaseId.ToString(), ["leaseId"] = leaseId.ToString(), ["change"] = 1, ["owner"] = "alice" };
    }
}
