using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LockGrains.Silo.Front;

/// <summary>Whether to send clients here: the front is not about to stop, and a silo replies to it.</summary>
internal sealed class FrontReadiness(IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider timeProvider) : IHealthCheck
{
    private static readonly TimeSpan ReplyMax = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("stopping");
        try
        {
            // It costs a silo one message, and its storage nothing.
            await grains.GetGrain<IStoreGrain>(0).GetIdentityAsync(cancellationToken).AsTask().WaitAsync(ReplyMax, timeProvider, cancellationToken);
            return HealthCheckResult.Healthy("ready");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // What Orleans says names servers. ASP.NET logs the exception; whoever asks is not told.
            return HealthCheckResult.Unhealthy("no silo replies", exception);
        }
    }
}
