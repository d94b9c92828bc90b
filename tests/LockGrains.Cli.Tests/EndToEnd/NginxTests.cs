using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LockGrains.AspNetCore.Access;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>
/// Two silos behind nginx as it comes: a caller whose poll breaks sends the same again, and has kept its place.
/// </summary>
public sealed class NginxTests : IAsyncLifetime, IDisposable
{
    private const string Key = "behind/nginx";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly string _secret = AccessSecret.Create();
    private readonly HttpClient _http = new() { Timeout = TestProcess.Guard };
    private readonly List<IDisposable> _started = [];
    private SiloProcess[] _silos = [];
    private NginxProcess _nginx = null!;

    public async Task InitializeAsync()
    {
        if (RequiresFactAttribute.Find("nginx") is null || RequiresFactAttribute.Find("redis-server") is null)
            return;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _secret);
        var redis = Add(await RedisProcess.StartAsync());
        _silos = [.. Enumerable.Range(0, 2).Select(_ => Add(SiloProcess.Start(
            "--redis", redis.ConnectionString,
            "--LockGrains:Access:Keys:0:Name", "test",
            "--LockGrains:Access:Keys:0:Sha256", AccessSecret.Hash(_secret),
            "--LockGrains:Access:Keys:0:Rules:0:Prefix", "behind/",
            "--LockGrains:Access:Keys:0:Rules:0:Allow:0", "acquire",
            "--LockGrains:Access:Keys:0:Rules:0:Allow:1", "read")))];
        foreach (var silo in _silos)
            await silo.WhenReadyAsync();
        _nginx = Add(NginxProcess.Start(_silos.Select(silo => silo.HttpPort)));
        await _nginx.WhenReadyAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _started.Reverse();
        _started.ForEach(started => started.Dispose());
        _http.Dispose();
    }

    [RequiresFact("nginx", "redis-server")]
    public async Task SiloKilledDuringAPoll_SameAgain_IsGrantedInItsPlace()
    {
        var holder = await TakeAsync();
        var seen = new ConcurrentQueue<HttpStatusCode>();
        var (first, second) = (Waiting("bob"), Waiting("carol"));
        await TakePlaceAsync(first);
        await TakePlaceAsync(second);
        var (firstGrant, secondGrant) = (PollUntilGrantedAsync(first, seen), PollUntilGrantedAsync(second, seen));
        var before = await WhenWaitingAsync(2);

        // nginx takes the silos in turn, so each has one of the two polls.
        _silos[0].Process.Signal(Posix.SigKill);
        await Eventually.BecomesAsync(() => Task.FromResult(seen.ToArray()), statuses => statuses.Contains(HttpStatusCode.BadGateway), "poll that broke");

        var after = await WhenWaitingAsync(2);
        Assert.Equal(Tickets(before), Tickets(after));
        Assert.False(firstGrant.IsCompleted || secondGrant.IsCompleted);
        var firstToken = await ReleaseAsync(holder, firstGrant);
        Assert.False(secondGrant.IsCompleted);
        Assert.True(await ReleaseAsync(first, secondGrant) > firstToken);
    }

    [RequiresFact("nginx", "redis-server")]
    public async Task ClientCutsItsPoll_ComesBackWithinTheWindow_KeepsItsPlace_AndAfterItLosesIt()
    {
        var holder = await TakeAsync();
        using var cut = new CancellationTokenSource();
        var (back, away) = (Waiting("bob"), Waiting("carol"));
        var first = PostAsync("/acquire", back, cut.Token);
        await WhenWaitingAsync(1);
        var second = PostAsync("/acquire", away, cut.Token);
        var before = await WhenWaitingAsync(2);

        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        // nginx ends what it began for a client that has gone.
        await Eventually.BecomesAsync(GetLockAsync, info => Waiters(info).All(waiter => !waiter.GetProperty("attached").GetBoolean()), "end of both polls");
        var grant = PollUntilGrantedAsync(back, new());
        var after = await WhenWaitingAsync(1);
        Assert.Equal(Tickets(before)[..1], Tickets(after));
        using var late = await PostAsync("/acquire", away);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Contains("\"ended\"", await late.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await ReleaseAsync(holder, grant);
    }

    [RequiresFact("nginx", "redis-server")]
    public async Task WithoutAnAccessKey_IsRefused()
    {
        using var stranger = new HttpClient();

        using var response = await stranger.GetAsync(new Uri(_nginx.Address, $"/v1/lock?key={Uri.EscapeDataString(Key)}"));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static Dictionary<string, object> Hold(string owner) => new() { ["key"] = Key, ["leaseId"] = Guid.NewGuid(), ["owner"] = owner };

    private static Dictionary<string, object> Waiting(string owner) => new(Hold(owner)) { ["waitSeconds"] = 300, ["pollSeconds"] = 50, ["leaseSeconds"] = 300 };

    private static JsonElement.ArrayEnumerator Waiters(JsonElement info) => info.GetProperty("waiters").EnumerateArray();

    private static List<long> Tickets(JsonElement info) => [.. Waiters(info).Select(waiter => waiter.GetProperty("ticket").GetInt64())];

    private async Task<Dictionary<string, object>> TakeAsync()
    {
        var hold = new Dictionary<string, object>(Hold("alice")) { ["leaseSeconds"] = 300 };
        Assert.True(await PollUntilGrantedAsync(hold, new()) > 0);
        return hold;
    }

    /// <summary>Gets in line, and is told its place. It is in storage then: before that, a silo that is killed takes it along.</summary>
    private async Task TakePlaceAsync(Dictionary<string, object> request)
    {
        using var response = await PostAsync("/acquire", new Dictionary<string, object>(request) { ["pollSeconds"] = 0 });
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.True((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("place").GetInt32() > 0);
    }

    /// <summary>As docs/HTTP.md says that a client behaves: whatever has no reply, or one that says nothing, is sent again.</summary>
    private async Task<long> PollUntilGrantedAsync(Dictionary<string, object> request, ConcurrentQueue<HttpStatusCode> seen)
    {
        while (true)
        {
            using var response = await PostAsync("/acquire", request);
            seen.Enqueue(response.StatusCode);
            if (response.StatusCode == HttpStatusCode.OK)
                return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("fencingToken").GetInt64();
            Assert.Contains(response.StatusCode, (HttpStatusCode[])[HttpStatusCode.Accepted, HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout]);
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    /// <summary>Ends a hold; then the next in line has the lock.</summary>
    private async Task<long> ReleaseAsync(Dictionary<string, object> hold, Task<long> next)
    {
        var members = new Dictionary<string, object> { ["key"] = hold["key"], ["leaseId"] = hold["leaseId"] };
        await Eventually.BecomesAsync(
            async () =>
            {
                using var response = await PostAsync("/release", members);
                return response.StatusCode;
            },
            status => status == HttpStatusCode.OK,
            "release");
        return await next.WithinPatienceAsync("grant to the next");
    }

    private Task<HttpResponseMessage> PostAsync(string path, Dictionary<string, object> members, CancellationToken cancellationToken = default) =>
        _http.PostAsync(new Uri(_nginx.Address, $"/v1{path}"), JsonContent.Create(members), cancellationToken);

    /// <summary>Asked of the silo that lives on, and not through nginx: so that only polls count for whose turn it is there.</summary>
    private Task<JsonElement> GetLockAsync() => _http.GetFromJsonAsync<JsonElement>(
        string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_silos[1].HttpPort}/v1/lock?key={Uri.EscapeDataString(Key)}"));

    private Task<JsonElement> WhenWaitingAsync(int count) => Eventually.BecomesAsync(
        async () =>
        {
            try
            {
                return await GetLockAsync();
            }
            catch (HttpRequestException)
            {
                // The lock is on its way from the silo that is dead.
                return default;
            }
        },
        info => info.ValueKind == JsonValueKind.Object && Waiters(info).Count() == count && Waiters(info).All(waiter => waiter.GetProperty("attached").GetBoolean()),
        $"{count} in line");

    private T Add<T>(T started)
        where T : IDisposable
    {
        _started.Add(started);
        return started;
    }
}
