using LockGrains;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the health check of elected services.</summary>
public static class LeadersHealthCheckExtensions
{
    /// <summary>
    /// Adds a health check of all services that <c>AddElectedHostedService</c> adds. Its description says of each whether it leads or waits, which are
    /// both healthy. It is degraded where one cannot campaign, has had no reply yet, or comes to its end, and fails where one has ended.
    /// </summary>
    /// <param name="builder">What <c>AddHealthChecks</c> returns.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What it says where a service has ended; null (the default) for unhealthy.</param>
    /// <param name="tags">Its tags; null for none.</param>
    /// <returns>The same builder.</returns>
    public static IHealthChecksBuilder AddLockGrainsLeaders(
        this IHealthChecksBuilder builder, string name = "lockgrains-leaders", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return builder.Add(new HealthCheckRegistration(
            name, static provider => new LeadersHealthCheck(provider.GetServices<IElectedService>()), failureStatus, tags));
    }
}
