using System.Globalization;
using System.Net;
using LockGrains.AspNetCore.Tests.Harness;
using Xunit.Abstractions;

namespace LockGrains.AspNetCore.Tests.Input;

/// <summary>
/// Random requests: whatever comes, there is a reply with a body, it is no 500, nothing is left of it, and no lock is stuck. LOCKGRAINS_REQUESTS makes
/// it a long run, and LOCKGRAINS_SEED one that was before.
/// </summary>
[Collection(nameof(MeasuresMemory))]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int AtOnce = 16;
    private const long GrowthMax = 24L << 20;

    private static readonly TimeSpan GoneAfter = TimeSpan.FromMilliseconds(3);

    // All keys and the ids of nearly all requests come again and again, so memory has reached what it needs long before the middle.
    private static readonly int Requests = Read("LOCKGRAINS_REQUESTS") ?? 4_000;

    private readonly SortedDictionary<int, int> _statuses = [];

    [Fact]
    public async Task Requests_OfAnyKind_HaveAReplyThatIsNo500AndLeaveNothing()
    {
        var seed = Read("LOCKGRAINS_SEED") ?? Random.Shared.Next();
        output.WriteLine($"LOCKGRAINS_SEED={seed}");
        var random = new Random(seed);
        await using var host = await ApiHost.StartAsync();
        await SendAsync(host, random, seed, Requests / 2);
        var used = GC.GetTotalMemory(forceFullCollection: true);
        await SendAsync(host, random, seed, Requests / 2);
        output.WriteLine(string.Join(", ", _statuses.Select(status => $"{status.Key}: {status.Value}")));

        await Eventually.BecomesAsync(() => Task.FromResult(host.Services.Beats.Count), open => open == 0, "end of all polls");
        await FreeAllAsync(host);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - used;
        output.WriteLine(FormattableString.Invariant($"Memory: {used / 1e6:0.0} MB halfway, {grown / 1e6:+0.0;-0.0} MB since."));
        Assert.True(grown < GrowthMax, $"Seed {seed}: {grown} bytes more are used than halfway, of {used}.");
    }

    private static int? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>Takes all holds away. Then the places of those that do not come back lapse, and each lock is had by whoever comes.</summary>
    private static async Task FreeAllAsync(ApiHost host)
    {
        await Eventually.BecomesAsync(
            async () => (await host.Api.GetAsync("/v1/locks?state=waited")).Expect(HttpStatusCode.OK).Body.GetProperty("locks").GetArrayLength(), count => count == 0, "end of all waits");
        var live = (await host.Api.GetAsync("/v1/locks")).Expect(HttpStatusCode.OK).Body.GetProperty("locks").EnumerateArray().Select(one => one.GetProperty("key").GetString()!);
        foreach (var key in live.Append("k").Append("l").Distinct().ToList())
        {
            await host.Api.PostAsync("/revoke", new() { ["key"] = key, ["fencingToken"] = 0, ["force"] = true });
            var last = ApiClient.Request(key);
            last["waitSeconds"] = 60;
            (await host.Api.PostAsync("/acquire", last)).Expect(HttpStatusCode.OK);
            (await host.Api.PostAsync("/release", ApiClient.HoldOf(last))).Expect(HttpStatusCode.OK);
        }
    }

    private async Task SendAsync(ApiHost host, Random random, int seed, int count)
    {
        foreach (var batch in Enumerable.Range(0, count).Select(_ => RandomRequest.Draw(random)).Chunk(AtOnce))
        {
            var replies = await Task.WhenAll(batch.Select(request => SendAsync(host, request)));
            foreach (var (reply, request) in replies.Zip(batch))
            {
                var status = (int?)reply?.Status ?? 0;
                _statuses[status] = _statuses.GetValueOrDefault(status) + 1;
                Assert.True(reply is null ? request.IsCut : status != 500 && reply.Text.Length > 0, $"Seed {seed}: {request} had {status} {reply?.Text}");
            }

            // What the test itself keeps is no leak of the host.
            host.Logs.Clear();
            host.Access.TakeAsked();
        }
    }

    private static async Task<ApiReply?> SendAsync(ApiHost host, RandomRequest request)
    {
        using var gone = request.IsCut ? new CancellationTokenSource(GoneAfter, TimeProvider.System) : new CancellationTokenSource();
        try
        {
            return request.Body is null
                ? await host.Api.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/v1{request.Path}"), gone.Token)
                : await host.Api.PostBytesAsync(request.Path, request.Body, cancellationToken: gone.Token);
        }
        catch (OperationCanceledException) when (request.IsCut)
        {
            return null;
        }
    }
}
