using System.Diagnostics.Metrics;
using LockGrains;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client of LockGrains.</summary>
public static class LockClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ILockClient"/> as a singleton, on top of the Orleans client or silo of the same host. Call it after
    /// <c>UseOrleansClient</c> or <c>UseOrleans</c> and before adding hosted services that use locks: services stop in reverse
    /// order, so these end first, then the locks they left are released, then the cluster connection is closed.
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
        services.TryAddSingleton<GatewayWatch>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterConnectionStatusObserver, GatewayWatch>(
            static provider => provider.GetRequiredService<GatewayWatch>()));
        services.TryAddSingleton<ILockClient>(Create);
        return services;
    }

    private static LockClient Create(IServiceProvider provider)
    {
        var grainFactory = provider.GetRequiredService<IGrainFactory>();

        // A client inside a silo has no gateways to lose, and Orleans ends its calls to a silo that died.
        var isInSilo = provider.GetService<ILocalSiloDetails>() is not null;
        return new LockClient(
            key => grainFactory.GetLock(key),
            provider.GetRequiredService<IOptions<LockClientOptions>>().Value,
            provider.GetService<TimeProvider>(),
            provider.GetService<ILoggerFactory>(),
            provider.GetService<IMeterFactory>(),
            gateways: isInSilo ? null : provider.GetRequiredService<GatewayWatch>());
    }
}
