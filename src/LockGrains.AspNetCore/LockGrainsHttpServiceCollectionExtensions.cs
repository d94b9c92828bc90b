using LockGrains;
using LockGrains.AspNetCore;
using LockGrains.AspNetCore.Access;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the HTTP API to a host. In the namespace of <see cref="IServiceCollection"/>: whoever has one needs no further using.</summary>
public static class LockGrainsHttpServiceCollectionExtensions
{
    /// <summary>
    /// Adds what the HTTP API needs. The host must be a silo with locks, or an Orleans client of such silos. Then map it with
    /// <c>MapLockGrainsApi</c>.
    /// <para>
    /// Who may use it is said by access keys, in the section <c>LockGrains:Access</c> of the configuration. Without any, nobody may
    /// (docs/ACCESS.md).
    /// </para>
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Changes the defaults; checked when the host starts.</param>
    /// <example><code>
    /// builder.Services.AddLockGrainsHttp();
    /// var app = builder.Build();
    /// app.MapLockGrainsApi();
    /// </code></example>
    public static IServiceCollection AddLockGrainsHttp(this IServiceCollection services, Action<LockGrainsHttpOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<LockGrainsHttpOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LockGrainsHttpOptions>, LockGrainsHttpOptionsValidator>());
        services.AddAccess();
        services.TryAddSingleton<ApiServices>();
        services.AddHostedService<StoreLook>();
        return services;
    }
}
