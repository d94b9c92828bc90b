using System.Diagnostics.Metrics;
using LockGrains;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client of LockGrains over HTTP.</summary>
public static class LockGrainsHttpClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ILockClient"/> as a singleton over the HTTP API.
    /// <para>
    /// When the host stops, whoever holds a lock is told by <see cref="LockHandle.AtRiskToken"/>, and the lock is renewed until its owner
    /// releases it. That is so until all services of the host have stopped, and then for <see cref="LockClientOptions.StopTimeout"/> at most: 5 s by
    /// default, and no longer than the host's <c>ShutdownTimeout</c> lets it. What is not released by then is left to its lease and named in a warning.
    /// </para>
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Says where the locks are; a wrong setting stops the host at its start.</param>
    /// <param name="configureLocks">Changes the settings of the client; a wrong one stops the host at its start. Null for the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddLockGrainsHttpClient(
        this IServiceCollection services, Action<HttpLockClientOptions> configure, Action<LockClientOptions>? configureLocks = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<HttpLockClientOptions>().Configure(configure).ValidateOnStart();
        var locks = services.AddOptions<LockClientOptions>().ValidateOnStart();
        if (configureLocks is not null)
            locks.Configure(configureLocks);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HttpLockClientOptions>, HttpLockClientOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LockClientOptions>, LockClientOptionsValidator>());
        services.TryAddSingleton(static provider => new HttpTransport(
            provider.GetRequiredService<IOptions<HttpLockClientOptions>>().Value,
            provider.GetService<TimeProvider>(),
            provider.GetService<ILoggerFactory>()));
        services.TryAddSingleton<HttpHostStop>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HttpHostStop>(static provider => provider.GetRequiredService<HttpHostStop>()));
        services.TryAddSingleton<ILockClient>(Create);
        return services;
    }

    private static LockClient Create(IServiceProvider provider)
    {
        var client = LockClient.Create(
            provider.GetRequiredService<HttpTransport>(),
            provider.GetRequiredService<IOptions<LockClientOptions>>().Value,
            provider.GetService<TimeProvider>(),
            provider.GetService<ILoggerFactory>(),
            provider.GetService<IMeterFactory>());
        provider.GetRequiredService<HttpHostStop>().Watch(client);
        return client;
    }
}
