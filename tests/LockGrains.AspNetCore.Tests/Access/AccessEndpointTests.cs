using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using LockGrains.AspNetCore.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using static LockGrains.AspNetCore.Tests.Access.AccessHost;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>Access behind a real server, whose one endpoint asks it and says what it heard.</summary>
public sealed class AccessEndpointTests : IAsyncDisposable
{
    private static readonly string Secret = AccessSecret.Create();

    private readonly LogLines _lines = new();
    private readonly HttpClient _http = new();
    private readonly List<WebApplication> _started = [];

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var app in _started)
            await app.DisposeAsync();
        _lines.Dispose();
    }

    [Fact]
    public async Task NoKey_Is401WithAChallenge()
    {
        var url = await StartAsync(AccessJson(KeyJson("billing", Secret, ("billing/", ["read"]))));

        using var response = await SendAsync(url, key: null);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer realm=\"lockgrains\"", Assert.Single(response.Headers.WwwAuthenticate).ToString());
    }

    [Fact]
    public async Task WrongKey_Is401ThatSaysSo()
    {
        var url = await StartAsync(AccessJson(KeyJson("billing", Secret, ("billing/", ["read"]))));

        using var response = await SendAsync(url, AccessSecret.Create());

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer realm=\"lockgrains\", error=\"invalid_token\"", Assert.Single(response.Headers.GetValues("WWW-Authenticate")));
    }

    [Fact]
    public async Task KeyWithoutTheVerb_Is403_AndWithItIs200()
    {
        var url = await StartAsync(AccessJson(KeyJson("billing", Secret, ("billing/", ["read"]))));

        using var allowed = await SendAsync(url, Secret);
        using var forbidden = await SendAsync(url, Secret, "orders/1");

        Assert.Equal((HttpStatusCode.OK, "billing"), (allowed.StatusCode, await allowed.Content.ReadAsStringAsync()));
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        Assert.Contains("insufficient_scope", Assert.Single(forbidden.Headers.GetValues("WWW-Authenticate")), StringComparison.Ordinal);
    }

    /// <summary>Each is a connection of this machine; only the first is a program's.</summary>
    [Theory]
    [InlineData(HttpStatusCode.OK, null, null)]
    [InlineData(HttpStatusCode.Unauthorized, "Host", "rebind.example.com")]
    [InlineData(HttpStatusCode.Unauthorized, "Origin", "https://example.com")]
    [InlineData(HttpStatusCode.Unauthorized, "Sec-Fetch-Site", "cross-site")]
    [InlineData(HttpStatusCode.Unauthorized, "X-Forwarded-For", "127.0.0.1")]
    [InlineData(HttpStatusCode.Unauthorized, "Forwarded", "for=127.0.0.1;host=localhost")]
    public async Task Anonymous_OverARealConnection_IsForProgramsAlone(HttpStatusCode status, string? header, string? value)
    {
        var url = await StartAsync("""{ "LockGrains": { "Access": { "Anonymous": "local" } } }""");

        using var response = await SendAsync(url, key: null, change: request =>
        {
            if (header is not null)
                request.Headers.TryAddWithoutValidation(header, value);
        });

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Anonymous_OverHttp10_Is401()
    {
        var url = await StartAsync("""{ "LockGrains": { "Access": { "Anonymous": "local" } } }""");

        using var response = await SendAsync(url, key: null, change: request => request.Version = HttpVersion.Version10);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Start_WithAWrongKey_StopsTheHost()
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync("""{ "LockGrains": { "Access": { "Keys": [ { "Name": "a" } ] } } }"""));

        Assert.Contains("LockGrains:Access:Keys:0:Sha256 is missing", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>ASP.NET logs each request at these levels, and makes a span of it.</summary>
    [Fact]
    public async Task Secret_IsInNoLogAndNoSpan()
    {
        var spans = new List<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans) spans.Add($"{span.DisplayName} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Baggage)}");
            },
        };
        ActivitySource.AddActivityListener(listener);
        var url = await StartAsync(AccessJson(KeyJson("billing", Secret, ("billing/", ["read"]))));

        using var allowed = await SendAsync(url, Secret);
        using var forbidden = await SendAsync(url, Secret, "orders/1");

        Assert.Contains(_lines.All, line => line.Text.Contains("/ask", StringComparison.Ordinal));
        Assert.DoesNotContain(_lines.All, line => line.Text.Contains(Secret[3..], StringComparison.Ordinal));
        lock (spans)
        {
            Assert.NotEmpty(spans);
            Assert.DoesNotContain(spans, span => span.Contains(Secret[3..], StringComparison.Ordinal));
        }
    }

    private async Task<string> StartAsync(string json)
    {
        var builder = WebApplication.CreateSlimBuilder();
        ((IConfigurationBuilder)builder.Configuration).Add(new ChangingConfiguration(json));
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(_lines);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAccess();
        var app = builder.Build();
        _started.Add(app);
        app.MapGet("/ask", (HttpContext context, IAccess access, string key) =>
        {
            var decision = access.Decide(context, AccessVerb.Read, key);
            if (decision.Outcome == AccessOutcome.Allowed)
                return Results.Text(decision.Who);
            AccessChallenge.Set(context, decision);
            return Results.Text(decision.Reason, statusCode: decision.Outcome == AccessOutcome.Forbidden ? 403 : 401);
        });
        await app.StartAsync();
        return app.Urls.Single();
    }

    private Task<HttpResponseMessage> SendAsync(string url, string? key, string lockKey = "billing/42", Action<HttpRequestMessage>? change = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{url}/ask?key={Uri.EscapeDataString(lockKey)}");
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        change?.Invoke(request);
        return _http.SendAsync(request);
    }
}
