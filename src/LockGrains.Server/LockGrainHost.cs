using System.Collections.Concurrent;
using System.Collections.Immutable;
using LockGrains.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>What the lock grains of one silo share: settings, storage, clock, measures, and the silo's end.</summary>
internal sealed class LockGrainHost(
    IServiceProvider services, IOptions<LockGrainOptions> options, LockGrainMetrics metrics, ILogger<LockGrain> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    // When the silo begins to stop, Orleans tells external clients to use another one's gateway. They must have heard it before their
    // waiting calls are answered: else they come back through this one, and the answer to that call is lost when it closes.
    private static readonly TimeSpan GatewayNoticeTime = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<ILockActivation, bool> _activations = new();
    private readonly Lazy<ILockStoreProvider> _stores = new(services.GetRequiredService<ILockStoreProvider>);
    private readonly TimeProvider _timeProvider = FindClock(services);
    private readonly ForgettingPace _forgettingPace = new(FindClock(services));
    private readonly Lazy<LockPolicy> _unforgetting = new(() => options.Value.Policy with { ForgetAfter = Timeout.InfiniteTimeSpan });

    private readonly Lazy<ISessionProbe> _sessions = new(() => new GrainSessionProbe(services.GetRequiredService<IGrainFactory>()));

    private volatile bool _isStopping;

    /// <summary>What the silo is called; null where there is none around it.</summary>
    public string? SiloName { get; } = services.GetService<ILocalSiloDetails>()?.Name;

    /// <summary>Whether the silo has begun to stop.</summary>
    public bool IsStopping => _isStopping;

    public LockGrainMetrics Metrics => metrics;

    public ILogger Logger => logger;

    /// <summary>Logs them. Its time is that of people, whatever the locks go by.</summary>
    public Quarantines Quarantines { get; } = new(logger, TimeProvider.System);

    /// <summary>The clock that the locks go by.</summary>
    public TimeProvider Time => _timeProvider;

    /// <summary>Makes the coordinator of a key. A session is under no session.</summary>
    public LockCoordinator CreateCoordinator(LockSpace space, string key, ILockCoordinatorObserver observer) => new(
        OpenStore(space, key), _timeProvider, Policy, observer, _forgettingPace, Random.Shared.NextInt64(), space == LockSpace.Lock ? _sessions.Value : null);

    /// <summary>The bounds and times of every lock. Where the storage cannot be trusted with deletion, or is not tried yet, nothing is forgotten.</summary>
    public LockPolicy Policy => _stores.Value.CanForget ? options.Value.Policy : _unforgetting.Value;

    public void Add(ILockActivation activation)
    {
        if (_activations.TryAdd(activation, true))
            metrics.OnActivations(1);
    }

    public void Remove(ILockActivation activation)
    {
        if (_activations.TryRemove(activation, out _))
            metrics.OnActivations(-1);
    }

    /// <summary>The locks of one page that this silo serves. It goes by the keys of all of them, without a lock, and none of them waits for it.</summary>
    /// <param name="request">Which locks, checked.</param>
    public ImmutableArray<LockSummary> List(LockListRequest request)
    {
        var selection = new LockSelection(request);
        foreach (var (activation, _) in _activations)
        {
            if (selection.Wants(activation.Key) && activation.Summarize(request.State) is { } summary)
                selection.Add(summary);
        }

        return selection.Choose();
    }

    /// <summary>
    /// Asks for releases again, in the place of clients that were told they are done: the activation that told them ended before they were
    /// written. Without it each would cost those who wait a whole lease.
    /// </summary>
    public void RepeatReleases(ILockGrain grain, IReadOnlyList<LeaseId> leaseIds)
    {
        foreach (var leaseId in leaseIds)
            _ = Task.Run(() => new ReleaseRepeat(grain, leaseId, () => _isStopping).RunAsync());
    }

    /// <summary>Leaves word with a session that somebody has revoked a hold under it. What becomes of that is waited for by nobody.</summary>
    public void LeaveWord(SessionRef session, string key) => _ = LeaveWordAsync(session, key);

    // Calls that wait keep their activation from ending. So they are answered in the stage that ends activations, and not earlier: between
    // the two stages the silo tells the cluster that it goes, which takes 3 s and more when another one does not listen. Until then
    // calls are still sent here, and here is who can serve them. The stages of the lifecycle stop from high to low.
    public void Participate(ISiloLifecycle observer)
    {
        observer.Subscribe(nameof(LockGrainHost), ServiceLifecycleStage.Active, static _ => Task.CompletedTask, GiveNoticeAsync);
        observer.Subscribe(nameof(LockGrainHost), ServiceLifecycleStage.GrainDeactivation, static _ => Task.CompletedTask, StopAllAsync);
    }

    public void Dispose() => Quarantines.Dispose();

    private ILockStore OpenStore(LockSpace space, string key)
    {
        var store = _stores.Value.Open(space, key);
        return LockGrainTracing.HasListeners ? new TracedLockStore(store, key) : store;
    }

    private async Task LeaveWordAsync(SessionRef session, string key)
    {
        try
        {
            await services.GetRequiredService<IGrainFactory>().GetGrain<ISessionGrain>(session.Id).LeaveWordAsync(key);
        }
        catch (Exception)
        {
            // The hold's own renewal will tell it.
        }
    }

    private static TimeProvider FindClock(IServiceProvider services) =>
        services.GetKeyedService<TimeProvider>(LockGrainsSiloBuilderExtensions.ClockKey) ?? TimeProvider.System;

    private static async Task GiveNoticeAsync(CancellationToken cancellationToken) =>
        await Task.Delay(GatewayNoticeTime, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task StopAllAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        var stops = _activations.Keys.Select(activation => activation.StopAsync()).ToArray();
        LockGrainLog.SiloStopping(logger, stops.Length);
        await Task.WhenAll(stops).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <summary>A lock grain's activation, as its silo lists and ends it.</summary>
internal interface ILockActivation
{
    /// <summary>The lock's key.</summary>
    string Key { get; }

    /// <summary>What a list shows of the lock, from any thread; null when it is not listed.</summary>
    LockSummary? Summarize(LockListState which);

    Task StopAsync();
}
