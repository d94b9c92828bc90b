using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>
/// Ends the client of a host in step with Orleans, not with the order in which services were added: after grains and services that use locks
/// have ended as far as they can before Orleans does, and while calls can still be sent.
/// <para>
/// Outside of a cluster that is when Orleans' own client begins to stop. In a silo it is after its grains were deactivated, for as long as
/// they are served they may acquire; and above the stages in which messages end. Who holds a lock when a silo begins to stop is waited for
/// before that: a silo that has ended its grains may look for a lock where the others do not. Its release would then reach an activation
/// that the next waiter does not know of, and that one would wait for a lease.
/// </para>
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The registration lives as long as the host.")]
internal sealed class HostStop(
    IOptions<LockClientOptions> options, IOptions<HostOptions> hostOptions, IHostApplicationLifetime? lifetime = null)
{
    /// <summary>Below the services of the application, which may release locks when they stop.</summary>
    internal const int Stage = ServiceLifecycleStage.ApplicationServices - 1;

    private LockClient? _client;
    private bool _isInSilo;

    /// <summary>Opens when Orleans has started.</summary>
    public StartGate Start { get; } = new();

    /// <summary>The client was made: from now on there is something to end.</summary>
    /// <param name="client">The client.</param>
    /// <param name="isInSilo">Whether Orleans is a silo in this host.</param>
    public void Watch(LockClient client, bool isInSilo)
    {
        _isInSilo = isInSilo;
        Volatile.Write(ref _client, client);
        lifetime?.ApplicationStopping.Register(static state => ((LockClient)state!).Ending.Tell(), client);
    }

    /// <summary>Takes part in the life of Orleans, be it a silo or a client.</summary>
    public void Participate(ILifecycleObservable observer)
    {
        Start.Expect();
        observer.Subscribe(nameof(HostStop), ServiceLifecycleStage.Active, OpenAsync, AwaitOwnersAsync);
        // A grain that waits keeps its silo from stopping. So its wait ends when those who hold locks would have to be done.
        observer.Subscribe(nameof(HostStop), ServiceLifecycleStage.GrainDeactivation, static _ => Task.CompletedTask, BoundWaits);
        observer.Subscribe(nameof(HostStop), Stage, static _ => Task.CompletedTask, StopAsync);
    }

    private Task OpenAsync(CancellationToken cancellationToken)
    {
        Start.Open();
        return Task.CompletedTask;
    }

    private Task AwaitOwnersAsync(CancellationToken cancellationToken) => Volatile.Read(ref _client) is { } client && _isInSilo
        ? client.Ending.AwaitOwnersAsync(GetLimit(), cancellationToken)
        : Task.CompletedTask;

    private Task BoundWaits(CancellationToken cancellationToken)
    {
        Volatile.Read(ref _client)?.Ending.EndWaitsAfter(GetLimit());
        return Task.CompletedTask;
    }

    private Task StopAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _client)?.Ending.StopAsync(GetLimit(), cancellationToken) ?? Task.CompletedTask;

    private TimeSpan GetLimit() => StopTimeoutValidator.GetLimit(options.Value, hostOptions.Value);
}
