using LockGrains.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>
/// Asks for a tidy pass when there may be something to find: some time after a silo has gone (its records are left behind by then), after
/// this one has started, and once an hour.
/// </summary>
internal sealed class TidyTrigger(
    LockGrainHost host, IOptions<LockGrainOptions> options, IGrainFactory grains, IClusterMembershipService membership, ILogger<TidyTrigger> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _siloIsGone = new(0);
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(TidyTrigger), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    public void Dispose()
    {
        _stop.Dispose();
        _siloIsGone.Dispose();
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        // Whether the storage can forget and list is known later for some; the pass finds out.
        if (options.Value.Policy.ForgetAfter != Timeout.InfiniteTimeSpan)
            _running = Task.WhenAll(Task.Run(WatchAsync, CancellationToken.None), Task.Run(AskAsync, CancellationToken.None));
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WatchAsync()
    {
        var dead = new HashSet<SiloAddress>(FindDead(membership.CurrentSnapshot));
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(_stop.Token))
        {
            var isNew = false;
            foreach (var silo in FindDead(snapshot))
                isNew |= dead.Add(silo);
            if (isNew && _siloIsGone.CurrentCount == 0)
                _siloIsGone.Release();
        }
    }

    private async Task AskAsync()
    {
        // Before that nothing counts as left behind; longer, since the pass that finds it may have begun a little before it is asked for.
        var untilLeft = options.Value.Policy.ForgetAfter + LockRecord.LeftBehindMargin + TidyGrain.SameRequest;
        var wait = untilLeft;
        while (!_stop.IsCancellationRequested)
        {
            if (await _siloIsGone.WaitAsync(wait < Period ? wait : Period, _stop.Token))
                await Task.Delay(untilLeft, host.Time, _stop.Token);
            wait = Period;
            try
            {
                await grains.GetGrain<ITidyGrain>(0).StartUnlessBegunAsync();
            }
            catch (Exception exception) when (!_stop.IsCancellationRequested)
            {
                TidyLog.Failed(logger, exception.Message);
            }
        }
    }

    private static IEnumerable<SiloAddress> FindDead(ClusterMembershipSnapshot snapshot) =>
        snapshot.Members.Values.Where(member => member.Status == SiloStatus.Dead).Select(member => member.SiloAddress);
}
