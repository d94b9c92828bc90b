using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>Logs which silo was declared dead, once, by whomever. Of Orleans' own lines about it there are dozens, and most are to be filtered out.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It ends with its silo, in StopAsync.")]
internal sealed class SiloDeaths(IClusterMembershipService membership, ILogger<SiloDeaths> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly CancellationTokenSource _stop = new();
    private HashSet<SiloAddress> _active = [];
    private Task _watching = Task.CompletedTask;

    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(SiloDeaths), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <summary>Compares with the last look. Who has left in good order was seen on its way out, and is not declared dead.</summary>
    internal void Look(ClusterMembershipSnapshot snapshot)
    {
        foreach (var silo in _active.Where(silo => snapshot.GetSiloStatus(silo) == SiloStatus.Dead))
            LockGrainLog.SiloDeclaredDead(logger, silo);
        _active = [.. snapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress)];
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = Task.Run(WatchAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _watching.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(_stop.Token))
            Look(snapshot);
    }
}
