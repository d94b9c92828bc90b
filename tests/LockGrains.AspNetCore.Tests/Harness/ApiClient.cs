using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LockGrains.AspNetCore.Tests.Harness;

/// <summary>Sends requests as a program without any library of ours does.</summary>
public sealed class ApiClient(HttpClient client)
{
    /// <summary>Sends members as JSON.</summary>
    public Task<ApiReply> PostAsync(string path, JsonObject body, CancellationToken cancellationToken = default) =>
        PostTextAsync(path, body.ToJsonString(), cancellationToken: cancellationToken);

    /// <summary>Sends any text.</summary>
    public Task<ApiReply> PostTextAsync(string path, string body, string contentType = "application/json", CancellationToken cancellationToken = default) =>
        PostBytesAsync(path, Encoding.UTF8.GetBytes(body), contentType, cancellationToken);

    /// <summary>Sends any bytes.</summary>
    public Task<ApiReply> PostBytesAsync(string path, byte[] body, string? contentType = "application/json", CancellationToken cancellationToken = default)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1{path}") { Content = content }, cancellationToken);
    }

    /// <summary>Reads.</summary>
    public Task<ApiReply> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path), CancellationToken.None);

    /// <summary>Reads about a key.</summary>
    public Task<ApiReply> GetAsync(string path, string key) => GetAsync($"/v1{path}?key={Uri.EscapeDataString(key)}");

    public async Task<ApiReply> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return new ApiReply(response.StatusCode, text, response.Content.Headers.ContentType?.ToString() ?? "", response.Headers);
        }
    }

    /// <summary>A request for a lock, with a random id.</summary>
    public static JsonObject Request(string key, string owner = "alice") =>
        new() { ["key"] = key, ["leaseId"] = Guid.NewGuid().ToString(), ["owner"] = owner };

    /// <summary>What names the hold of a request.</summary>
    public static JsonObject HoldOf(JsonObject request) => new() { ["key"] = (string)request["key"]!, ["leaseId"] = (string)request["leaseId"]! };

    public static string NewKey(string topic) => $"{topic}/{Guid.NewGuid():N}";

    /// <summary>Takes a lock that is free.</summary>
    public async Task<JsonObject> TakeAsync(string key, string owner = "alice")
    {
        var request = Request(key, owner);
        (await PostAsync("/acquire", request)).Expect(HttpStatusCode.OK);
        return request;
    }

    /// <summary>Completes when so many wait for a lock.</summary>
    public Task WhenWaitingAsync(string key, int count) => Eventually.BecomesAsync(
        async () => (await GetAsync("/lock", key)).WholeOf("queueLength"), waiting => waiting == count, $"{count} waiting for {key}");
}

/// <summary>A reply, whose body was read.</summary>
public sealed record ApiReply(HttpStatusCode Status, string Text, string ContentType, HttpResponseHeaders Headers)
{
    public JsonElement Body { get; } = Parse(Text);

    public string Outcome => TextOf("outcome");

    public string Code => TextOf("code");

    public string TextOf(string name) => Body.GetProperty(name).GetString()!;

    public int WholeOf(string name) => Body.GetProperty(name).GetInt32();

    public long Token => Body.GetProperty("fencingToken").GetInt64();

    public double NumberOf(string name) => Body.GetProperty(name).GetDouble();

    public string? RetryAfter => Headers.TryGetValues("Retry-After", out var values) ? values.Single() : null;

    /// <summary>The status, or a failure that shows the body.</summary>
    public ApiReply Expect(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{(int)Status} and not {(int)status}: {Text}");
        return this;
    }

    /// <summary>A problem with its code; whatever it is, it has the shape of one.</summary>
    public ApiReply ExpectProblem(HttpStatusCode status, string code)
    {
        Expect(status);
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal((code, $"urn:lockgrains:{code}", (int)status), (Code, TextOf("type"), WholeOf("status")));
        Assert.NotEmpty(TextOf("title"));
        Assert.NotEmpty(TextOf("detail"));
        return this;
    }

    private static JsonElement Parse(string text)
    {
        if (text.Length == 0)
            return default;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
