using System.Collections.Concurrent;
using System.Net;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>What a collector of OpenTelemetry is to a silo: it takes what is sent over HTTP, and the test looks at it.</summary>
internal sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<(string Path, string? Tenant, byte[] Body)> _received = new();

    public OtlpReceiver()
    {
        Url = $"http://127.0.0.1:{FreePort.Find()}";
        _listener.Prefixes.Add($"{Url}/");
        _listener.Start();
        _ = ReceiveAsync();
    }

    public string Url { get; }

    /// <summary>The spans so far, with what is said of who made them.</summary>
    public IReadOnlyList<(string Resource, OtlpSpan Span)> Spans => [.. _received.Where(one => one.Path == "/v1/traces").SelectMany(one => OtlpSpan.Read(one.Body))];

    /// <summary>How often metrics have come.</summary>
    public int MetricsCount => _received.Count(one => one.Path == "/v1/metrics");

    /// <summary>What the header <c>x-tenant</c> of the traces said.</summary>
    public IEnumerable<string?> TenantsOfTraces => _received.Where(one => one.Path == "/v1/traces").Select(one => one.Tenant).Distinct();

    public void Dispose() => ((IDisposable)_listener).Dispose();

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _received.Enqueue((context.Request.Url!.AbsolutePath, context.Request.Headers["x-tenant"], body.ToArray()));

                // An empty message: everything was taken.
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
