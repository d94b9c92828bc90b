using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LockGrains.AspNetCore.Access;

/// <summary>Registers access by key and the audit log.</summary>
internal static class AccessServices
{
    /// <summary>Adds them, unless there are others. The configuration of the host is read when the host starts; a wrong one stops it.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(KeyAccess)))
            return services;
        services.AddOptions<AccessOptions>();
        services.AddSingleton<IConfigureOptions<AccessOptions>, AccessConfiguration>();
        services.AddSingleton<IOptionsChangeTokenSource<AccessOptions>>(provider =>
            new ConfigurationChangeTokenSource<AccessOptions>(provider.GetRequiredService<IConfiguration>().GetSection(AccessOptions.Section)));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<KeyAccess>();
        services.TryAddSingleton<IAccess>(static provider => provider.GetRequiredService<KeyAccess>());
        services.TryAddSingleton<IAudit, Audit>();
        services.AddHostedService<AccessStart>();
        return services;
    }
}
