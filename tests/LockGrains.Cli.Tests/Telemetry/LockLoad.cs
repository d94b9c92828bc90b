using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>Programs that take locks over HTTP: each key is held, waited for, handed over, renewed and released, and one gives up.</summary>
internal sealed class LockLoad(HttpClient http, string url, string? secret = null)
{
    public async Task RunAsync(IEnumerable<string> keys)
    {
        foreach (var key in keys)
            await HandOverAsync(key);
    }

    public async Task HandOverAsync(string key)
    {
        var (first, second, third) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        Assert.Equal(HttpStatusCode.OK, await AcquireAsync(key, first, wait: 0, poll: 0));
        Assert.Equal(HttpStatusCode.Locked, await AcquireAsync(key, Guid.NewGuid(), wait: 0, poll: 0));
        Assert.Equal(HttpStatusCode.Accepted, await AcquireAsync(key, third, wait: 60, poll: 0));
        await PostAsync("cancel", new { key, leaseId = third });
        var waiting = AcquireAsync(key, second, wait: 60, poll: 50);
        await Eventually.BecomesAsync(() => CountWaitersAsync(key), count => count == 1, "one in line");
        await PostAsync("release", new { key, leaseId = first });
        Assert.Equal(HttpStatusCode.OK, await waiting.WithinPatienceAsync("grant"));
        await PostAsync("renew", new { key, leaseId = second });
        await PostAsync("release", new { key, leaseId = second });
    }

    private async Task<int> CountWaitersAsync(string key)
    {
        using var request = Make(HttpMethod.Get, $"lock?key={Uri.EscapeDataString(key)}");
        using var response = await http.SendAsync(request);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("queueLength").GetInt32();
    }

    private Task<HttpStatusCode> AcquireAsync(string key, Guid leaseId, int wait, int poll) =>
        SendAsync("acquire", new { key, leaseId, owner = "load", leaseSeconds = 600, waitSeconds = wait, pollSeconds = poll });

    private async Task PostAsync(string call, object body) => Assert.Equal(HttpStatusCode.OK, await SendAsync(call, body));

    private async Task<HttpStatusCode> SendAsync(string call, object body)
    {
        using var request = Make(HttpMethod.Post, call);
        request.Content = JsonContent.Create(body);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    private HttpRequestMessage Make(HttpMethod method, string call)
    {
        var request = new HttpRequestMessage(method, $"{url}/v1/{call}");
        if (secret is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return request;
    }
}
