using System.Diagnostics.Metrics;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Waiting;
using LockGrains.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LockGrains.AspNetCore;

/// <summary>What the calls of one host share.</summary>
internal sealed class ApiServices
{
    // As the lock grains of a silo in this host: a test moves both.
    private const string ClockKey = "LockGrains";

    // A list asks every silo, and sorts what it has: a few at a time are as fast as many. One caller has a quarter.
    private const int ListsMax = 16;
    private const int ListsPercentOfOne = 25;

    private readonly StoreFinder _store;
    private readonly CancellationToken _stopping;

    public ApiServices(IServiceProvider services)
    {
        Options = services.GetRequiredService<IOptions<LockGrainsHttpOptions>>().Value;
        Time = services.GetKeyedService<TimeProvider>(ClockKey) ?? TimeProvider.System;
        Grains = services.GetRequiredService<IGrainFactory>();
        Access = services.GetRequiredService<IAccess>();
        Audit = services.GetRequiredService<IAudit>();
        Logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("LockGrains.Http");
        Cluster = services.GetService<IOptions<ClusterOptions>>()?.Value ?? new ClusterOptions();
        Beats = new PollBeats(Grains, Options.BeatPeriod, Time);
        KeepPlace = Options.BeatPeriod * 2;
        Room = new WaitRoom(new Shares(Options.MaxWaiting, Options.MaxPercentOfOne), KeepPlace, Time);
        Streams = new OpenRoom(new Shares(Options.MaxStreams, Options.MaxPercentOfOne));
        HttpMeasures.Add(services.GetService<IMeterFactory>(), Room);
        Lists = new OpenRoom(new Shares(ListsMax, ListsPercentOfOne));
        _store = new StoreFinder(end => Grains.GetGrain<IStoreGrain>(0).GetIdentityAsync(end).AsTask(), Time);
        Storage = services.GetService<ILockStoreProvider>() is { } stores ? new StorageJson(stores.Name, stores.IsDurable) : null;
        _stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
    }

    public LockGrainsHttpOptions Options { get; }

    public TimeProvider Time { get; }

    public IGrainFactory Grains { get; }

    public IAccess Access { get; }

    public IAudit Audit { get; }

    public ILogger Logger { get; }

    public ClusterOptions Cluster { get; }

    public PollBeats Beats { get; }

    public WaitRoom Room { get; }

    public OpenRoom Streams { get; }

    /// <summary>The lists that are being made.</summary>
    public OpenRoom Lists { get; }

    /// <summary>
    /// How long a place is kept after a poll, at least. A silo's window is at least 10/3 of the period of its heartbeats, and six tenths of it
    /// pass before it doubts one that is silent.
    /// </summary>
    public TimeSpan KeepPlace { get; }

    /// <summary>What the locks are kept in, where the silo is in this host; null elsewhere.</summary>
    public StorageJson? Storage { get; }

    /// <summary>Fires when this host begins to stop.</summary>
    public CancellationToken Stopping => _stopping;

    /// <summary>Who the store is; null where no silo can say yet. It never changes.</summary>
    public ValueTask<string?> FindStoreAsync(CancellationToken cancellationToken) => _store.FindAsync(cancellationToken);
}
