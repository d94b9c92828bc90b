using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using LockGrains.Cli.Children;
using LockGrains.Cli.Tests.EndToEnd;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>The silo as a program that sends what it measures to a collector.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TestProcess.Guard };
    private readonly OtlpReceiver _receiver = new();
    private readonly List<IDisposable> _started = [];

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _receiver.Dispose();
        _http.Dispose();
    }

    /// <summary>A caller that records its trace finds in it what its lock cost; one that does not record costs nothing.</summary>
    [RequiresFact("env")]
    public async Task Trace_OfACallerOverHttp_GoesOnToTheWriteOfTheStore()
    {
        var silo = await StartAsync();
        var (quiet, loud, caller) = (NewId(16), NewId(16), NewId(8));
        var secret = Guid.NewGuid();
        await AcquireAsync(silo, "traced/quiet", Guid.NewGuid(), $"00-{quiet}-{NewId(8)}-00");
        await AcquireAsync(silo, "traced/loud", secret, $"00-{loud}-{caller}-01");

        await Eventually.BecomesAsync(
            () => Task.FromResult(Spans(loud)), spans => spans.Exists(span => span.Name == "lockgrains.store.write") && spans.Exists(span => span.ParentId == caller), "spans of the call");
        var spans = Spans(loud);
        var path = new List<string>();
        for (var span = spans.Find(one => one.Name == "lockgrains.store.write"); span is not null; span = spans.Find(one => one.SpanId == span.ParentId))
        {
            path.Add(span.Name);
            if (span.ParentId == caller)
                break;
        }

        Assert.Equal(["lockgrains.store.write", "lockgrains.grain.acquire"], path.Take(2));
        Assert.Equal("POST /v1/acquire", path[^1]);
        Assert.True(path.Count > 2, string.Join(" < ", path));
        Assert.Empty(Spans(quiet));
        Assert.DoesNotContain(_receiver.Spans, one => one.Span.Text.Contains(secret.ToString(), StringComparison.OrdinalIgnoreCase));
        Assert.All(_receiver.Spans, one => Assert.Contains("lockgrains-silo", one.Resource, StringComparison.Ordinal));
        Assert.All(_receiver.Spans, one => Assert.Contains($"127.0.0.1:{silo.SiloPort}", one.Resource, StringComparison.Ordinal));
    }

    /// <summary>The .NET client over HTTP: what its acquire cost stands below its own span, through both processes.</summary>
    [RequiresFact("env")]
    public async Task Trace_OfTheClientOverHttp_RunsFromItsCallerToTheWriteOfTheStore()
    {
        var mine = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "LockGrains" or "System.Net.Http",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = mine.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var silo = await StartAsync();
        using var caller = new Activity("caller") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(ActivityIdFormat.W3C).Start();
        var trace = caller.TraceId.ToHexString();
        await using var locks = LockClient.Create(new HttpLockClientOptions { Servers = [silo.Url] });
        await using var handle = await locks.AcquireAsync("traced/client");

        await Eventually.BecomesAsync(() => Task.FromResult(FindPath()), path => path.Contains("POST /v1/acquire"), "way from the write up to the API");
        var path = FindPath();
        Assert.Equal(["lockgrains.store.write", "lockgrains.grain.acquire"], path.Take(2));
        Assert.Equal(["lockgrains.acquire", "caller"], path.TakeLast(2));
        Assert.True(path.IndexOf("POST /v1/acquire") is > 1 and var served && served < path.Count - 2, string.Join(" < ", path));

        List<string> FindPath()
        {
            var spans = Spans(trace).Select(span => (span.SpanId, span.ParentId, span.Name))
                .Concat(mine.Append(caller).Where(one => one.TraceId == caller.TraceId)
                    .Select(one => (SpanId: one.SpanId.ToHexString(), ParentId: one.ParentSpanId.ToHexString(), Name: one.OperationName)))
                .DistinctBy(span => span.SpanId)
                .ToDictionary(span => span.SpanId);
            var (way, at) = (new List<string>(), spans.Values.FirstOrDefault(span => span.Name == "lockgrains.store.write").SpanId);
            while (at is not null && spans.TryGetValue(at, out var span))
            {
                way.Add(span.Name);
                at = span.ParentId;
            }

            return way;
        }
    }

    /// <summary>The exporter itself knows only the variables of both.</summary>
    [RequiresFact("env")]
    public async Task Silo_WithAnEndpointForTracesAlone_SendsThemThere_AndNoMetrics()
    {
        var silo = Start(
            $"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT={_receiver.Url}/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS=x-tenant=locks", "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_METRIC_EXPORT_INTERVAL=50");
        await silo.WhenReadyAsync();
        var trace = NewId(16);
        await AcquireAsync(silo, "traced/alone", Guid.NewGuid(), $"00-{trace}-{NewId(8)}-01");

        await Eventually.BecomesAsync(() => Task.FromResult(Spans(trace)), spans => spans.Count > 0, "spans");
        Assert.Equal(["locks"], _receiver.TenantsOfTraces);
        Assert.Equal(0, _receiver.MetricsCount);
        Assert.EndsWith($"Telemetry: traces to {_receiver.Url}", await silo.Process.WhenLineAsync("Telemetry:"), StringComparison.Ordinal);
    }

    [RequiresFact("env")]
    public async Task Silo_WithAnEndpoint_SendsMetricsToo_AndSaysWhere()
    {
        var silo = await StartAsync("OTEL_METRIC_EXPORT_INTERVAL=100", "OTEL_SERVICE_NAME=my-locks");

        Assert.EndsWith($"Telemetry: metrics and traces to {_receiver.Url}", await silo.Process.WhenLineAsync("Telemetry:"), StringComparison.Ordinal);
        await Eventually.BecomesAsync(() => Task.FromResult(_receiver.MetricsCount), count => count > 1, "metrics");
        Assert.Contains("service_name=\"my-locks\"", (await MetricsPage.ReadAsync(_http, silo.Url)).Text, StringComparison.Ordinal);
    }

    [RequiresFact("env")]
    public async Task Silo_WhoseCollectorIsAway_ServesLocksAndStops()
    {
        var silo = Start($"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{FreePort.Find()}");
        await silo.WhenReadyAsync();
        await AcquireAsync(silo, "traced/alone", Guid.NewGuid(), $"00-{NewId(16)}-{NewId(8)}-01");

        silo.Process.Signal(Posix.SigTerm);

        await silo.Process.ExpectExitAsync(0);
    }

    [RequiresFact("env")]
    public async Task Silo_WithAnEndpointThatIsNone_SaysSoInOneLine()
    {
        var silo = Start("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317");

        await silo.Process.ExpectExitAsync(64);

        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT is no address", Assert.Single(silo.Process.Error), StringComparison.Ordinal);
    }

    private static string NewId(int bytes) => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(bytes));

    private List<OtlpSpan> Spans(string traceId) => [.. _receiver.Spans.Select(one => one.Span).Where(span => span.TraceId == traceId)];

    private async Task AcquireAsync(SiloProcess silo, string key, Guid leaseId, string traceParent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{silo.Url}/v1/acquire") { Content = JsonContent.Create(new { key, leaseId, owner = "traced" }) };
        request.Headers.Add("traceparent", traceParent);
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task<SiloProcess> StartAsync(params string[] variables)
    {
        var silo = Start([$"OTEL_EXPORTER_OTLP_ENDPOINT={_receiver.Url}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_BSP_SCHEDULE_DELAY=50", .. variables]);
        await silo.WhenReadyAsync();
        return silo;
    }

    private SiloProcess Start(params string[] variables)
    {
        var silo = SiloProcess.StartWrapped(command => ["env", .. variables, .. command], ["--memory", .. TestAccess.Anonymous]);
        _started.Add(silo);
        return silo;
    }
}
