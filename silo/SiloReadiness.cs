using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace LockGrains.Silo;

/// <summary>Whether to send clients here: the silo is active in its cluster, is not about to stop, and Redis, if used, answers.</summary>
internal sealed class SiloReadiness : IHealthCheck
{
    private static readonly TimeSpan RedisAnswer = TimeSpan.FromSeconds(2);

    private readonly ISiloStatusOracle _status;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly IConnectionMultiplexer? _redis;
    private readonly TimeProvider _timeProvider;

    public SiloReadiness(ISiloStatusOracle status, IHostApplicationLifetime lifetime, TimeProvider timeProvider, IServiceProvider services)
    {
        _status = status;
        _lifetime = lifetime;
        _timeProvider = timeProvider;
        _redis = services.GetService<IConnectionMultiplexer>();
    }

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (_lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("stopping");
        }

        if (_status.CurrentStatus != SiloStatus.Active)
        {
            return HealthCheckResult.Unhealthy($"silo is {_status.CurrentStatus}");
        }

        return _redis is null ? HealthCheckResult.Healthy("ready") : await CheckRedisAsync(_redis, cancellationToken);
    }

    private async Task<HealthCheckResult> CheckRedisAsync(IConnectionMultiplexer redis, CancellationToken cancellationToken)
    {
        try
        {
            await redis.GetDatabase().PingAsync().WaitAsync(RedisAnswer, _timeProvider, cancellationToken);
            return HealthCheckResult.Healthy("ready");
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy("Redis does not answer", exception);
        }
    }
}
