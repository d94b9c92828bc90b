using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>
/// Ends the client of a host: tells those who hold a lock before the services of the host stop, and lets go of what is left after all of them have
/// stopped, in whatever order they were added.
/// </summary>
internal sealed class HttpHostStop(IOptions<LockClientOptions> options) : IHostedLifecycleService
{
    /// <summary>How long those who hold a lock have after all services have stopped, where nothing else is said.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(5);

    private LockClient? _client;

    /// <summary>The client was made: from now on there is something to end.</summary>
    public void Watch(LockClient client) => Volatile.Write(ref _client, client);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Volatile.Read(ref _client)?.Ending.Tell();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _client)?.Ending.StopAsync(options.Value.StopTimeout ?? Default, cancellationToken) ?? Task.CompletedTask;
}
