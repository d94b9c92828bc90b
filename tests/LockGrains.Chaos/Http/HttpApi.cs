using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LockGrains.Chaos;

/// <summary>The HTTP API as any program uses it: whatever has no reply is sent again, with the same <c>leaseId</c>, to any of the servers.</summary>
internal sealed class HttpApi(HttpClient http, IReadOnlyList<Uri> servers, Random random)
{
    // Beyond what a poll may take.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(3);

    /// <summary>The longest pause before a request is sent again.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>A client of the servers, with an access key.</summary>
    public static HttpClient MakeClient(string secret)
    {
        // Not for ever: after a cut a connection may be dead, and nobody says so.
        var http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2), PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return http;
    }

    /// <summary>Sends a request once.</summary>
    /// <returns>The reply; null when there was none, or none that can be read.</returns>
    public async Task<HttpReply?> SendAsync(string call, JsonObject body, TimeSpan poll, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(poll + Slack, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var sentAt = Clock.Now;
        try
        {
            using var response = await http.PostAsJsonAsync(new Uri(Pick(), call), body, either.Token);
            var reply = await response.Content.ReadFromJsonAsync<JsonNode>(either.Token);
            return reply is null ? null : new HttpReply(response.StatusCode, reply, sentAt);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Sends a request again and again until somebody can say what came of it, or until a time.</summary>
    /// <returns>The reply; null when nobody could say.</returns>
    public async Task<HttpReply?> RepeatAsync(string call, Func<JsonObject> body, TimeSpan poll, long until, CancellationToken cancellationToken)
    {
        while (true)
        {
            var reply = await SendAsync(call, body(), poll, cancellationToken);
            if (reply is { IsUnknown: false })
                return reply;
            if (Clock.Now >= until)
                return null;
            await Clock.DelayAsync(random.NextDouble() * PauseMax, cancellationToken);
        }
    }

    private Uri Pick() => servers[random.Next(servers.Count)];
}
