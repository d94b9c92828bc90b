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
        services.TryAddSingleton<ILockClient>(static provider => LockClient.Create(
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<IOptions<LockClientOptions>>().Value,
            provider.GetService<TimeProvider>(),
            provider.GetService<ILoggerFactory>(),
            provider.GetService<IMeterFactory>()));
        return services;
    }
}
