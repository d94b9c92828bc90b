using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>Makes clients over Orleans.</summary>
public static class OrleansLockClient
{
    extension(LockClient)
    {
        /// <summary>Makes a client over Orleans without dependency injection.</summary>
        /// <param name="grainFactory">
        /// The cluster client, or the grain factory of a silo or a grain. It must outlive this client.
        /// </param>
        /// <param name="options">The settings; null for the defaults. They are copied.</param>
        /// <param name="timeProvider">
        /// The clock and the timers; null for the system's, beside which losses are told by a thread of the client's own. On Linux the client
        /// then counts by the clock that goes on while the machine is suspended.
        /// </param>
        /// <param name="loggerFactory">Where to log; null for nowhere.</param>
        /// <param name="meterFactory">Makes the meter "LockGrains.Client"; null to make one that this client owns.</param>
        /// <exception cref="OptionsValidationException">An option is out of its range; names each one that is.</exception>
        public static LockClient Create(
            IGrainFactory grainFactory,
            LockClientOptions? options = null,
            TimeProvider? timeProvider = null,
            ILoggerFactory? loggerFactory = null,
            IMeterFactory? meterFactory = null)
        {
            ArgumentNullException.ThrowIfNull(grainFactory);
            // There if the cluster client's services have AddLockGrainsClient as well.
            var services = (grainFactory as IClusterClient)?.ServiceProvider;
            var transport = new OrleansTransport(
                key => grainFactory.GetLock(key),
                services?.GetService<GatewayWatch>(),
                services is null || IsInSilo(services) ? null : grainFactory,
                getCensus: grainFactory.GetLockCensus,
                getSession: id => grainFactory.GetSession(id));
            return LockClient.Create(transport, options, timeProvider, loggerFactory, meterFactory);
        }
    }

    /// <summary>
    /// A client inside a silo has no gateways to lose, since Orleans ends its calls to a silo that died, and its calls to the locks beside
    /// it are no messages that could be saved.
    /// </summary>
    internal static bool IsInSilo(IServiceProvider services) => services.GetService<ILocalSiloDetails>() is not null;
}
