using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>Makes clients over HTTP.</summary>
public static class HttpLockClient
{
    extension(LockClient)
    {
        /// <summary>Makes a client over HTTP without dependency injection.</summary>
        /// <param name="http">Where the locks are. They are copied.</param>
        /// <param name="options">The settings; null for the defaults. They are copied.</param>
        /// <param name="timeProvider">
        /// The clock and the timers; null for the system's, beside which losses are told by a thread of the client's own. On Linux the client
        /// then counts by the clock that goes on while the machine is suspended.
        /// </param>
        /// <param name="loggerFactory">Where to log; null for nowhere.</param>
        /// <param name="meterFactory">Makes the meter "LockGrains.Client"; null to make one that this client owns.</param>
        /// <exception cref="OptionsValidationException">An option is out of its range; names each one that is.</exception>
        public static LockClient Create(
            HttpLockClientOptions http,
            LockClientOptions? options = null,
            TimeProvider? timeProvider = null,
            ILoggerFactory? loggerFactory = null,
            IMeterFactory? meterFactory = null)
        {
            ArgumentNullException.ThrowIfNull(http);
            HttpLockClientOptionsValidator.ThrowIfInvalid(http);

            // Nobody disposes the transport: a handle may be released after its client. Idle connections close by themselves.
            return LockClient.Create(new HttpTransport(http, timeProvider, loggerFactory), options, timeProvider, loggerFactory, meterFactory);
        }
    }
}
