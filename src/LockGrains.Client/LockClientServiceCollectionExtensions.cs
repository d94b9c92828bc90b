using System.Diagnostics.Metrics;
using LockGrains;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client of LockGrains.</summary>
public static class LockClientServiceCollectionExtensions
{
    private static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Adds <see cref="ILockClient"/> as a singleton, on top of the Orleans client or silo of the same host. Call it after
    /// <c>UseOrleansClient</c> or <c>UseOrleans</c> and before adding hosted services that use locks: services stop in reverse
    /// order, so these end first, then the locks they left are released, then the cluster connection is closed. Unless you set it,
    /// <see cref="GatewayOptions.GatewayListRefreshPeriod"/> becomes 2 s.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Changes the settings; a wrong one stops the host at its start. Null for the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddLockGrainsClient(
        this IServiceCollection services, Action<LockClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<LockClientOptions>().ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LockClientOptions>, LockClientOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, LockClientDrain>());
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
        var isInSilo = LockClient.IsInSilo(provider);
        return new LockClient(
            key => grainFactory.GetLock(key),
            provider.GetRequiredService<IOptions<LockClientOptions>>().Value,
            provider.GetService<TimeProvider>(),
            provider.GetService<ILoggerFactory>(),
            provider.GetService<IMeterFactory>(),
            gateways: isInSilo ? null : provider.GetRequiredService<GatewayWatch>(),
            renewals: isInSilo ? null : new RenewalPost(grainFactory));
    }
}
