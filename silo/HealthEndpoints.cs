using LockGrains.Silo.Front;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LockGrains.Silo;

/// <summary>
/// <c>/health/live</c>: the process answers; if it does not, restart it. <c>/health/ready</c>: send clients here; if it does not,
/// wait.
/// </summary>
internal static class HealthEndpoints
{
    private const string Ready = "ready";

    public static void AddHealth(this IServiceCollection services, SiloSettings settings)
    {
        var checks = services.AddHealthChecks();
        if (settings.Front)
        {
            checks.AddCheck<FrontReadiness>(Ready);
            return;
        }

        services.AddSingleton<StorageProbe>();
        checks.AddCheck<SiloReadiness>(Ready);
    }

    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain";
        var detail = report.Entries.Values.Select(entry => entry.Description).FirstOrDefault() ?? "live";
        return context.Response.WriteAsync(detail + "\n");
    }
}
