using System.Net;
using System.Text.Json;

namespace LockGrains.AspNetCore.Tests.Harness;

/// <summary>Server-sent events, as they are read.</summary>
internal sealed class EventReader(HttpResponseMessage response, StreamReader reader) : IDisposable
{
    public string ContentType => response.Content.Headers.ContentType!.MediaType!;

    public static Task<EventReader> OpenAsync(ApiHost host, string key) => OpenQueryAsync(host, $"key={Uri.EscapeDataString(key)}");

    public static Task<EventReader> OpenPrefixAsync(ApiHost host, string prefix) => OpenQueryAsync(host, $"prefix={Uri.EscapeDataString(prefix)}");

    private static async Task<EventReader> OpenQueryAsync(ApiHost host, string query)
    {
        var response = await host.Client.GetAsync(new Uri($"/v1/watch?{query}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    public string Header(string name) => response.Headers.GetValues(name).Single();

    public async Task<(string Kind, string Data)> NextAsync()
    {
        var kind = await ReadLineAsync();
        var data = await ReadLineAsync();
        Assert.Equal("", await ReadLineAsync());
        Assert.StartsWith("event: ", kind, StringComparison.Ordinal);
        Assert.StartsWith("data: ", data, StringComparison.Ordinal);
        return (kind!["event: ".Length..], data!["data: ".Length..]);
    }

    /// <summary>The next state of a lock.</summary>
    public async Task<JsonElement> NextStateAsync() => (await NextEventAsync()).GetProperty("status");

    /// <summary>The data of the next event that is no ping.</summary>
    public async Task<JsonElement> NextEventAsync()
    {
        while (true)
        {
            var (kind, data) = await NextAsync();
            if (kind != "state")
                continue;
            using var document = JsonDocument.Parse(data);
            Assert.True(document.RootElement.GetProperty("known").GetBoolean());
            return document.RootElement.Clone();
        }
    }

    /// <summary>Reads until a state is as expected; says how many it took.</summary>
    public async Task<int> WhenStateAsync(Func<JsonElement, bool> isExpected)
    {
        for (var count = 1; ; count++)
        {
            if (isExpected(await NextStateAsync()))
                return count;
        }
    }

    public async Task WhenOverAsync()
    {
        while (await ReadLineAsync() is not null)
        {
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }

    private Task<string?> ReadLineAsync() => reader.ReadLineAsync().WithinPatienceAsync("line of the stream");
}
