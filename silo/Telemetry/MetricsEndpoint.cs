using LockGrains.AspNetCore;
using LockGrains.AspNetCore.Access;

namespace LockGrains.Silo.Telemetry;

/// <summary>
/// <c>GET /metrics</c>, for Prometheus. No measure names a key, but they tell how much goes on; so it is for whoever may read some lock, as the list of
/// silos is, and not for everybody as health.
/// </summary>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    public static void MapMetrics(this WebApplication app)
    {
        var scrape = ((IApplicationBuilder)app).New().UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true).Build();
        app.MapGet(Path, ApiEndpoint.OfStream(call =>
        {
            call.AuthorizeAnywhere(AccessVerb.Read);
            return scrape(call.Context);
        }));
    }
}
