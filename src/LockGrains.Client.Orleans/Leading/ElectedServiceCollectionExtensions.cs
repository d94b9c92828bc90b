using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using LockGrains;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers services that run on one host only.</summary>
public static class ElectedServiceCollectionExtensions
{
    /// <summary>
    /// Adds a hosted service that runs on one host at a time: where it holds the lock of a key. Each host campaigns for the lock. The one that is
    /// granted it makes the worker in a scope of its own and starts it. When the lock is at risk, or the host stops, the worker is told by the token
    /// that it was started with, and by <see cref="IHostedService.StopAsync"/>. Only when it has really ended is the lock released. Then the next host
    /// starts its worker, and this one campaigns again.
    /// <para>
    /// A worker that is a <see cref="BackgroundService"/> has ended when its <c>ExecuteAsync</c> has; any other when its <c>StopAsync</c> has. One that
    /// ends by itself runs again, here or elsewhere, after <see cref="ElectedServiceOptions.Pause"/>. What it may inject of its leadership is <see
    /// cref="LeadershipContext"/>. Whether it leads, others in the process learn from <see cref="IElectedService"/>.
    /// </para>
    /// <para>
    /// It needs an <see cref="ILockClient"/>, such as that of <c>AddLockGrainsClient</c>. Add it after Orleans: a host stops its services in reverse
    /// order. The same worker and key may be added again, which only changes the settings. Two workers of one key are two candidates: only one of
    /// them runs.
    /// </para>
    /// </summary>
    /// <typeparam name="TWorker">
    /// The worker. Unless it is registered otherwise, it is added as a scoped service, so that each leadership has a new one. Do not add it by
    /// <c>AddHostedService</c>, too: the host does not start then.
    /// </typeparam>
    /// <param name="services">The services of the host.</param>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>. The same on all hosts.</param>
    /// <param name="configure">Changes the settings; a wrong one stops the host at its start. Null for the defaults.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="ArgumentException">The key is none. Or the worker is abstract, and nothing says how it is made.</exception>
    public static IServiceCollection AddElectedHostedService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TWorker>(
        this IServiceCollection services, string key, Action<ElectedServiceOptions>? configure = null)
        where TWorker : class, IHostedService
    {
        ArgumentNullException.ThrowIfNull(services);
        LockKey.Validate(key);
        if (typeof(TWorker).IsAbstract && !services.Any(static service => service.ServiceType == typeof(TWorker)))
        {
            throw new ArgumentException(
                $"{typeof(TWorker)} is abstract, so no worker can be made of it. Name a class, or register before how it is made.", nameof(TWorker));
        }

        var registration = new ElectedRegistration(key, typeof(TWorker));
        var options = services.AddOptions<ElectedServiceOptions>(registration.Name).ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddScoped<TWorker>();
        AddShared(services);

        // Twice the same is one service.
        if (services.Any(service => service.IsKeyedService && service.ServiceType == typeof(ElectedService) && registration.Equals(service.ServiceKey)))
            return services;

        services.AddKeyedSingleton(registration, static (provider, registration) => new ElectedService((ElectedRegistration)registration!, provider));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<ElectedService>(registration));
        services.AddSingleton<IElectedService>(provider => provider.GetRequiredKeyedService<ElectedService>(registration));
        services.AddKeyedSingleton<IElectedService>(key, (provider, _) => provider.GetRequiredKeyedService<ElectedService>(registration));
        return services;
    }

    private static void AddShared(IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ElectedServiceOptions>, ElectedServiceOptionsValidator>());
        services.TryAddScoped(static _ => new LeadershipContext());
        services.TryAddSingleton(ProcessEnd.FailFast);
        services.TryAddSingleton(static provider => new LeaderMetrics(provider.GetService<IMeterFactory>()));
    }
}
