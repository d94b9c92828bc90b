using System.Globalization;
using System.Net;
using System.Text;
using LockGrains.AspNetCore.Tests.Harness;
using Xunit.Abstractions;

namespace LockGrains.AspNetCore.Tests.Input;

/// <summary>Random requests: whatever comes, there is a reply with a body, it is no 500, and no lock is stuck.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Requests = 4_000;

    private static readonly string[] Paths =
        ["/acquire", "/renew", "/beat", "/release", "/cancel", "/verify", "/upgrade", "/cancel-upgrade", "/downgrade", "/value", "/revoke", "/limit", "/nothing", "",
            "/session/open", "/session/renew", "/session/close", "/session/revoke", "/tidy"];

    private static readonly string[] Members =
    [
        "key", "leaseId", "owner", "leaseSeconds", "renews", "waitSeconds", "pollSeconds", "mode", "permits", "limit", "lockDelaySeconds", "value", "change", "ifVersion",
        "fencingToken", "force", "reason", "renewals", "waits", "session", "sessionToken", "metadata", "text", "base64", "keepForSeconds", "Key", "", "\\ud800", "x",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "1", "-1", "0.5", "1e400", "-1e400", "9223372036854775807", "9223372036854775808", "1e-300", "\"\"", "\"k\"", "\"exclusive\"", "\"shared\"",
        "\"upgradeable\"", "\"\\udfff\"", "\"\\u0000\"", "[]", "[null]", "[[]]", "{}", "{\"text\":\"a\"}", "{\"base64\":\"YQ\"}", "[{\"key\":\"k\"}]", "NaN", "'", "\"😀\"",
        "[{\"key\":\"k\",\"leaseId\":\"0f8fad5b-d9cb-469f-a165-70867728950e\"}]", "\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "\"0F8FAD5BD9CB469FA16570867728950E\"",
    ];

    [Fact]
    public async Task Requests_OfAnyKind_HaveAReplyThatIsNo500AndLeaveTheLockUsable()
    {
        var seed = Environment.GetEnvironmentVariable("LOCKGRAINS_SEED") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"LOCKGRAINS_SEED={seed}");
        var random = new Random(seed);
        await using var host = await ApiHost.StartAsync();
        foreach (var batch in Enumerable.Range(0, Requests).Select(_ => (Path: Pick(random, Paths), Body: MakeBody(random))).Chunk(16))
        {
            var replies = await Task.WhenAll(batch.Select(request => host.Api.PostBytesAsync(request.Path, request.Body)));
            foreach (var (reply, request) in replies.Zip(batch))
            {
                Assert.True((int)reply.Status is not 500 && reply.Text.Length > 0, $"Seed {seed}: {request.Path} {Encoding.UTF8.GetString(request.Body)} had {(int)reply.Status} {reply.Text}");
            }
        }

        // A hold with a lock-delay or permits of others may be there: all are taken away, and then the lock is free for who comes.
        await host.Api.PostTextAsync("/revoke", """{"key":"k","fencingToken":0,"force":true}""");
        var last = ApiClient.Request("k");
        last["waitSeconds"] = 60;
        (await host.Api.PostAsync("/acquire", last)).Expect(HttpStatusCode.OK);
    }

    private static byte[] MakeBody(Random random)
    {
        var members = Enumerable.Range(0, random.Next(8)).Select(_ => $"\"{Pick(random, Members)}\":{Pick(random, Values)}").ToList();
        if (random.Next(3) > 0)
        {
            members.Add($"\"key\":\"{(random.Next(2) == 0 ? "k" : "l")}\"");
            members.Add($"\"leaseId\":\"{new Guid(random.Next(8) + 1, 0, 0, new byte[8])}\"");
            members.Add($"\"owner\":\"{(random.Next(2) == 0 ? "a" : "b")}\"");
            members.Add("\"pollSeconds\":0");
        }
        else if (random.Next(2) == 0)
        {
            members.Add($"\"session\":\"{new Guid(random.Next(2) + 1, 0, 0, new byte[8])}\"");
            members.Add($"\"leaseId\":\"{new Guid(random.Next(8) + 1, 0, 0, new byte[8])}\"");
            members.Add("\"owner\":\"a\"");
        }

        var bytes = Encoding.UTF8.GetBytes($"{{{string.Join(',', members)}}}");
        if (random.Next(4) == 0)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
