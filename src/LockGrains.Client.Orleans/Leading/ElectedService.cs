using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>
/// Runs a worker where it leads: campaigns, runs the worker to its real end, releases, and campaigns again. All in one loop, so that nothing of it can
/// happen at once with another.
/// </summary>
internal sealed class ElectedService : BackgroundService, IElectedService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly ElectedRegistration _registration;
    private readonly IServiceProvider _services;
    private readonly ElectedServiceParts _parts;
    private readonly LeaderElection _election;
    private readonly LeaderMetrics _metrics;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly bool _stopsHost;
    private volatile int _state;
    private volatile Leadership? _leadership;

    public ElectedService(ElectedRegistration registration, IServiceProvider services)
    {
        (_registration, _services) = (registration, services);
        var options = services.GetRequiredService<IOptionsMonitor<ElectedServiceOptions>>().Get(registration.Name);
        _parts = new ElectedServiceParts(
            registration.Key,
            registration.WorkerType,
            options,
            services.GetRequiredService<IServiceScopeFactory>(),
            services.GetService<TimeProvider>() ?? TimeProvider.System,
            (ILogger?)services.GetService<ILoggerFactory>()?.CreateLogger<ElectedService>() ?? NullLogger.Instance,
            services.GetRequiredService<ProcessEnd>().Now);
        _election = new LeaderElection(
            services.GetRequiredService<ILockClient>(), Key, options.Acquire with { Progress = new PlaceReport(this, options.Acquire.Progress) });
        _metrics = services.GetRequiredService<LeaderMetrics>();
        _lifetime = services.GetService<IHostApplicationLifetime>();
        _stopsHost = (options.ExceptionBehavior ?? services.GetRequiredService<IOptions<HostOptions>>().Value.BackgroundServiceExceptionBehavior)
            == BackgroundServiceExceptionBehavior.StopHost;
        _metrics.Add(this);
    }

    public string Key => _registration.Key;

    public Type WorkerType => _registration.WorkerType;

    public ElectedServiceState State => (ElectedServiceState)_state;

    public bool IsLeader => State == ElectedServiceState.Leading;

    public long? FencingToken => _leadership?.FencingToken;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (_services.GetServices<IHostedService>().Any(service => service.GetType() == WorkerType))
        {
            throw new InvalidOperationException(
                $"{WorkerType.Name} is added by AddHostedService, too, and would run on every host. Keep only AddElectedHostedService(\"{Key}\").");
        }

        var count = _services.GetKeyedServices<IElectedService>(Key).Count();
        if (count > 1)
            _parts.Logger.SameKey(Key, count);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>
    /// Lets the worker come to its end and the lock be released, for as long as the host waits. After that the lock is left to its lease: the worker
    /// may still run.
    /// </summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (ExecuteTask is { IsCompleted: false } && _leadership is { } leadership)
            _parts.Logger.LeftRunning(Key, _parts.Worker, leadership.FencingToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host, and whoever stops it, may have a context that is blocked meanwhile.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        // The host says that it stops before it comes to this service. A worker that learns of it then has more time.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _lifetime?.ApplicationStopping ?? CancellationToken.None);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (await CampaignAsync(stop.Token).ConfigureAwait(false) is { } leadership)
                    await LeadAsync(leadership, stop.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            Enter(ElectedServiceState.Stopped);
        }
    }

    /// <summary>Waits for the leadership; null when it did not come.</summary>
    private async Task<Leadership?> CampaignAsync(CancellationToken stop)
    {
        if (State != ElectedServiceState.Unavailable)
            Enter(ElectedServiceState.Campaigning);
        try
        {
            return await _election.CampaignAsync(cancellationToken: stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception) when (exception is LockUnavailableException or LockQueueFullException or OperationCanceledException)
        {
            // Told once: the client itself says how an outage goes on.
            if (State != ElectedServiceState.Unavailable)
                _parts.Logger.CannotCampaign(Key, _parts.Worker, exception.Message);
            Enter(ElectedServiceState.Unavailable);
            await WaitAsync(RetryDelay, stop).ConfigureAwait(false);
            return null;
        }
    }

    private async Task LeadAsync(Leadership leadership, CancellationToken stop)
    {
        _leadership = leadership;
        Enter(ElectedServiceState.Leading);
        _metrics.OnElected(Key);
        _parts.Logger.Elected(Key, _parts.Worker, leadership.FencingToken);

        // If this throws, nobody knows whether the worker has ended, and the lock is not released.
        var end = await new WorkerRun(_parts, leadership, () => Enter(ElectedServiceState.Stopping)).RunAsync(stop).ConfigureAwait(false);
        var release = await leadership.ResignAsync(CancellationToken.None).ConfigureAwait(false);
        _leadership = null;
        _parts.Logger.Resigned(Key, _parts.Worker, leadership.FencingToken, end.Took.TotalSeconds, release);
        if (end.Failure is { } failure)
            OnFailed(failure, leadership.FencingToken);
        if (end.WasTold || stop.IsCancellationRequested)
            return;

        Enter(ElectedServiceState.Pausing);
        await WaitAsync(_parts.Options.Pause, stop).ConfigureAwait(false);
    }

    private void OnFailed(Exception failure, long fencingToken)
    {
        var next = _stopsHost
            ? "The host is stopped."
            : string.Create(CultureInfo.InvariantCulture, $"It campaigns again in {_parts.Options.Pause.TotalSeconds:0.###} s.");
        _parts.Logger.WorkerFailed(Key, _parts.Worker, fencingToken, next, failure);
        if (_stopsHost)
            _lifetime?.StopApplication();
    }

    private Task WaitAsync(TimeSpan delay, CancellationToken stop) => SuppressedAsync(Task.Delay(delay, _parts.Time, stop));

    private static async Task SuppressedAsync(Task delay) => await delay.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Enter(ElectedServiceState state) => _state = (int)state;

    /// <summary>Another leads. That is said once, not at each place.</summary>
    private void OnPlace(WaitProgress place)
    {
        if (State == ElectedServiceState.Waiting)
            return;

        Enter(ElectedServiceState.Waiting);
        _parts.Logger.Follows(Key, _parts.Worker, place.Place, place.QueueLength);
    }

    private sealed class PlaceReport(ElectedService service, IProgress<WaitProgress>? next) : IProgress<WaitProgress>
    {
        public void Report(WaitProgress value)
        {
            service.OnPlace(value);
            next?.Report(value);
        }
    }
}
