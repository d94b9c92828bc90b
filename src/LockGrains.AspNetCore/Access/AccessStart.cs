using Microsoft.Extensions.Hosting;

namespace LockGrains.AspNetCore.Access;

/// <summary>Reads the access keys when the host starts: what is wrong with them stops it, and not the first request.</summary>
/// <param name="access">Made before this, which is the check.</param>
internal sealed class AccessStart(IAccess access) : IHostedService
{
    /// <summary>What was checked.</summary>
    public IAccess Access => access;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
