using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace LockGrains.Client.Http.Tests.Harness;

/// <summary>One request that a server was sent.</summary>
internal sealed record SentRequest(string Host, string Method, string PathAndQuery, string Body, AuthenticationHeaderValue? Authorization);

/// <summary>Servers that say what a test has them say, by their host. It is no network: a reply comes when the test gives it.</summary>
internal sealed class FakeServers : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Func<SentRequest, CancellationToken, Task<HttpResponseMessage>>> _servers = [];
    private readonly List<SentRequest> _sent = [];

    /// <summary>All that was sent, in order.</summary>
    public IReadOnlyList<SentRequest> Sent
    {
        get { lock (_gate) return [.. _sent]; }
    }

    /// <summary>The options of a client of some of them.</summary>
    public HttpLockClientOptions OptionsOf(params string[] hosts) => new() { Servers = [.. hosts.Select(host => $"https://{host}")], Handler = this, AccessKey = "secret-key" };

    /// <summary>A transport to some of them.</summary>
    public HttpTransport Connect(params string[] hosts) => new(OptionsOf(hosts));

    /// <summary>A server, from now on.</summary>
    public void On(string host, Func<SentRequest, HttpResponseMessage> reply) => OnAsync(host, (request, _) => Task.FromResult(reply(request)));

    /// <summary>A server that replies when it likes.</summary>
    public void OnAsync(string host, Func<SentRequest, CancellationToken, Task<HttpResponseMessage>> reply)
    {
        lock (_gate) _servers[host] = reply;
    }

    /// <summary>A server that nobody can connect to.</summary>
    public void Refuse(string host) => On(host, static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));

    /// <summary>200 or another status, with JSON.</summary>
    public static HttpResponseMessage Json(string json, HttpStatusCode status = HttpStatusCode.OK, string? store = "aaaa") => Make(json, "application/json", status, store);

    /// <summary>A problem of the API.</summary>
    public static HttpResponseMessage Problem(int status, string code, string more = "", string? store = "aaaa") => Make(
        $$"""{"type":"urn:lockgrains:{{code}}","title":"t","status":{{status}},"detail":"detail of {{code}}","code":"{{code}}","retryable":false{{more}}}""",
        "application/problem+json",
        (HttpStatusCode)status,
        store);

    /// <summary>Any response.</summary>
    public static HttpResponseMessage Make(string body, string contentType, HttpStatusCode status, string? store = "aaaa")
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        if (store is not null)
            response.Headers.Add("LockGrains-Store", store);
        return response;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var sent = new SentRequest(request.RequestUri!.Host, request.Method.Method, request.RequestUri.PathAndQuery, body, request.Headers.Authorization);
        Func<SentRequest, CancellationToken, Task<HttpResponseMessage>> server;
        lock (_gate)
        {
            _sent.Add(sent);
            server = _servers[sent.Host];
        }

        return await server(sent, cancellationToken);
    }
}
