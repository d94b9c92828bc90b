using LockGrains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>
/// Mutual TLS for silos and Orleans clients. In the namespace of <see cref="ISiloBuilder"/> and <see cref="IClientBuilder"/>: whoever has one needs no
/// further using.
/// </summary>
public static class LockGrainsTlsExtensions
{
    /// <summary>
    /// Lets this silo speak to other silos, and to clients, over mutual TLS 1.2 or 1.3 alone. Who connects needs a certificate that
    /// <see cref="LockGrainsTlsOptions.Authority"/> signed; at the port between silos it needs that of a silo
    /// (<see cref="LockGrainsTlsOptions.SiloName"/>). All silos and clients of a cluster must do so at once: one with TLS and one without cannot speak to each other.
    /// Twice is as once.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets the four settings. A wrong one, or a file that cannot be used, stops the silo at its start.</param>
    /// <returns>The same silo.</returns>
    public static ISiloBuilder UseLockGrainsTls(this ISiloBuilder builder, Action<LockGrainsTlsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        if (AddLink(builder.Services, configure, isSilo: true))
        {
            builder.Services.AddOptions<SiloConnectionOptions>().Configure<TlsLink>(static (connections, link) =>
            {
                connections.ConfigureSiloInboundConnection(link.AcceptSilos);
                connections.ConfigureGatewayInboundConnection(link.AcceptClients);
                connections.ConfigureSiloOutboundConnection(link.Connect);
            });
        }

        return builder;
    }

    /// <summary>
    /// Lets this client speak to its gateways over mutual TLS 1.2 or 1.3 alone. A gateway must have the certificate of a silo
    /// (<see cref="LockGrainsTlsOptions.SiloName"/>) that <see cref="LockGrainsTlsOptions.Authority"/> signed. Twice is as once.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Sets the four settings. A wrong one, or a file that cannot be used, stops the host at its start.</param>
    /// <returns>The same client.</returns>
    public static IClientBuilder UseLockGrainsTls(this IClientBuilder builder, Action<LockGrainsTlsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        if (AddLink(builder.Services, configure, isSilo: false))
        {
            builder.Services.AddOptions<ClientConnectionOptions>().Configure<TlsLink>(static (connections, link) => connections.ConfigureConnection(link.Connect));
        }

        return builder;
    }

    private static bool AddLink(IServiceCollection services, Action<LockGrainsTlsOptions> configure, bool isSilo)
    {
        services.Configure(configure);
        if (services.Any(static service => service.ServiceType == typeof(TlsLink)))
            return false;
        services.PostConfigure<LockGrainsTlsOptions>(options => options.IsSilo = isSilo);
        services.AddSingleton(static provider => new TlsLink(
            provider.GetRequiredService<IOptions<LockGrainsTlsOptions>>().Value, TimeProvider.System, provider.GetRequiredService<ILogger<TlsLink>>()));
        services.AddSingleton<IConfigurationValidator, TlsStartCheck>();
        return true;
    }
}
