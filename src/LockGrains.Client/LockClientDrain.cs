using Microsoft.Extensions.Hosting;

namespace LockGrains;

/// <summary>
/// Releases what is held when the host stops. Without it the client would be disposed with the container, after the cluster
/// connection was closed, and every lock left would keep others waiting for its whole lease.
/// </summary>
internal sealed class LockClientDrain(ILockClient client) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => client.DisposeAsync().AsTask();
}
