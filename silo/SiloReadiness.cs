using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LockGrains.Silo;

/// <summary>
/// Whether to send clients here: the silo is active in its cluster, is not about to stop, and its storage takes a write. A full disk or a
/// read-only one refuses every lock.
/// </summary>
internal sealed class SiloReadiness(ISiloStatusOracle status, IHostApplicationLifetime lifetime, StorageProbe storage) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("stopping");
        }

        if (status.CurrentStatus != SiloStatus.Active)
        {
            return HealthCheckResult.Unhealthy($"silo is {status.CurrentStatus}");
        }

        // What the storage says names servers, files and users. ASP.NET logs the exception; whoever asks is not told.
        return await storage.FindFailureAsync(cancellationToken) is { } failure
            ? HealthCheckResult.Unhealthy("storage does not take writes", failure)
            : HealthCheckResult.Healthy("ready");
    }
}
