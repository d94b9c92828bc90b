using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LockGrains;

/// <summary>
/// Whether the elected services of this process can do their part: to lead and to wait are equally good. Degraded where one cannot campaign, does not
/// know yet where it stands, or comes to its end; else what the registration says where one has ended.
/// </summary>
internal sealed class LeadersHealthCheck(IEnumerable<IElectedService> services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var found = services.Select(static service => (Name: $"{service.WorkerType.Name} for '{service.Key}'", service.State, service.FencingToken)).ToList();
        var status = found.Select(one => StatusOf(one.State, context.Registration.FailureStatus)).DefaultIfEmpty(HealthStatus.Healthy).Min();
        var description = string.Join("; ", found.Select(static one => $"{one.Name} {Explain(one.State)}{(one.FencingToken is { } token ? $" (fencing token {token})" : "")}"));
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var one in found)
            data[one.Name] = one.State.ToString();
        return Task.FromResult(new HealthCheckResult(status, description.Length > 0 ? $"{description}." : "There is no elected service.", exception: null, data));
    }

    private static HealthStatus StatusOf(ElectedServiceState state, HealthStatus failure) => state switch
    {
        ElectedServiceState.Leading or ElectedServiceState.Waiting or ElectedServiceState.Pausing => HealthStatus.Healthy,
        ElectedServiceState.Stopped => failure,
        _ => HealthStatus.Degraded,
    };

    private static string Explain(ElectedServiceState state) => state switch
    {
        ElectedServiceState.Leading => "leads",
        ElectedServiceState.Waiting => "waits for its turn",
        ElectedServiceState.Pausing => "pauses before it campaigns again",
        ElectedServiceState.Campaigning => "has had no reply yet",
        ElectedServiceState.Stopping => "comes to its end",
        ElectedServiceState.Unavailable => "cannot campaign",
        _ => "does not run",
    };
}
