using LockGrains.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LockGrains.Silo;

/// <summary>
/// Whether to send clients here: the silo is active in its cluster, is not about to stop, and its storage takes a write. A full disk or a
/// read-only one refuses every lock.
/// </summary>
internal sealed class SiloReadiness(
    ISiloStatusOracle status, IHostApplicationLifetime lifetime, ILockStoreProvider stores, TimeProvider timeProvider) : IHealthCheck
{
    private const string Key = "readiness";

    private static readonly TimeSpan StorageAnswer = TimeSpan.FromSeconds(2);
    private static readonly ReadOnlyMemory<byte> Content = "ready"u8.ToArray();

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

        try
        {
            await WriteAsync(cancellationToken).WaitAsync(StorageAnswer, timeProvider, cancellationToken);
            return HealthCheckResult.Healthy("ready");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var reason = exception is TimeoutException ? "it does not answer" : exception.Message;
            return HealthCheckResult.Unhealthy($"storage {stores.Name}: {reason}", exception);
        }
    }

    // Silos of a cluster share the record. That another one was faster is an answer too.
    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var store = stores.Open(LockSpace.System, Key);
        var record = await store.LoadAsync(RecordName.Lock, cancellationToken);
        await store.CompareAndSetAsync(RecordName.Lock, record.ETag, Content, cancellationToken);
    }
}
