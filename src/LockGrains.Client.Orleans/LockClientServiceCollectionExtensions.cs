using System.Diagnostics.Metrics;
using LockGrains;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client of LockGrains over Orleans.</summary>
public static class LockClientServiceCollectionExtensions
{
    private static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Adds <see cref="ILockClient"/> as a singleton, on top of the Orleans client or silo of the same host. It may come before or after
    /// <c>UseOrleansClient</c>, <c>UseOrleans</c> and hosted services. Unless you set it, <see cref="GatewayOptions.GatewayListRefreshPeriod"/>
    /// becomes 2 s.
    /// <para>
    /// When the host stops, whoever holds a lock is told by <see cref="LockHandle.AtRiskToken"/>, and the lock is renewed until its owner
    /// releases it, for <see cref="LockClientOptions.StopTimeout"/> at most. What is not released by then is left to its lease and named in a
    /// warning. Waits end with <see cref="OperationCanceledException"/>. A silo waits for those who hold a lock before its grains end, and waits
    /// end after them. A host stops its services in reverse order: one that was added before Orleans learns of the stop only when the
    /// connection is closed, and its release is not sent any more; so add those that use locks after it.
    /// </para>
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Changes the settings; a wrong one stops the host at its start. Null for the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddLockGrainsClient(
        this IServiceCollection services, Action<LockClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<LockClientOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LockClientOptions>, LockClientOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LockClientOptions>, StopTimeoutValidator>());
        services.TryAddSingleton(static provider => new HostStop(
            provider.GetRequiredService<IOptions<LockClientOptions>>(),
            provider.GetRequiredService<IOptions<HostOptions>>(),
            provider.GetService<IHostApplicationLifetime>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton(typeof(ILifecycleParticipant<>), typeof(HostStopParticipant<>)));
        services.PostConfigure<GatewayOptions>(SetGatewayRefresh);
        services.TryAddSingleton<GatewayWatch>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterConnectionStatusObserver, GatewayWatch>(
            static provider => provider.GetRequiredService<GatewayWatch>()));
        services.TryAddSingleton<ILockClient>(Create);
        return services;
    }

    /// <summary>
    /// A gateway that hangs is left when the list of gateways has it no more. Orleans looks once a minute, and what goes through such
    /// a gateway is lost meanwhile.
    /// </summary>
    private static void SetGatewayRefresh(GatewayOptions options)
    {
        if (options.GatewayListRefreshPeriod == new GatewayOptions().GatewayListRefreshPeriod)
            options.GatewayListRefreshPeriod = GatewayRefresh;
    }

    private static LockClient Create(IServiceProvider provider)
    {
        var grainFactory = provider.GetRequiredService<IGrainFactory>();
        var isInSilo = OrleansLockClient.IsInSilo(provider);
        var stop = provider.GetRequiredService<HostStop>();

        // A silo is made when it is started; a client of a cluster is there by now, and has said it itself.
        if (isInSilo)
            stop.Start.Expect();
        var transport = new OrleansTransport(
            key => grainFactory.GetLock(key),
            isInSilo ? null : provider.GetRequiredService<GatewayWatch>(),
            isInSilo ? null : grainFactory,
            stop.Start,
            grainFactory.GetLockCensus,
            id => grainFactory.GetSession(id));
        var client = LockClient.Create(
            transport,
            provider.GetRequiredService<IOptions<LockClientOptions>>().Value,
            provider.GetService<TimeProvider>(),
            provider.GetService<ILoggerFactory>(),
            provider.GetService<IMeterFactory>());
        stop.Watch(client, isInSilo);
        return client;
    }
}
