using StackExchange.Redis;

namespace LockGrains.Silo;

/// <summary>
/// The first connection to Redis. A silo often starts beside its Redis, and a moment earlier; so it waits a while, says so, and
/// then gives up with a line instead of a trace.
/// </summary>
internal static class RedisStart
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Connects, for as long as <see cref="SiloSettings.RedisStartTimeout"/> allows.</summary>
    /// <param name="settings">The settings; Redis must be set.</param>
    /// <param name="tell">Tells the operator a line.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="StartException">Redis did not answer in time.</exception>
    public static async Task<IConnectionMultiplexer> ConnectAsync(SiloSettings settings, Action<string> tell, TimeProvider timeProvider)
    {
        var options = settings.MakeRedisOptions();
        // Only for the first connection; once there, a multiplexer reconnects whatever this says.
        options.AbortOnConnectFail = true;
        var servers = string.Join(", ", options.EndPoints.Select(EndPointCollection.ToString));
        var startedAt = timeProvider.GetTimestamp();
        var told = false;
        while (true)
        {
            try
            {
                return await ConnectionMultiplexer.ConnectAsync(options);
            }
            catch (RedisConnectionException exception)
            {
                if (timeProvider.GetElapsedTime(startedAt) + Pause >= settings.RedisStartTimeout)
                {
                    throw new StartException(
                        StartException.Unavailable,
                        $"Redis at {servers} did not answer within {settings.RedisStartTimeout.TotalSeconds:0.#} s ({exception.FailureType}). "
                        + $"Start it, or set {SiloSettings.Section}:{nameof(SiloSettings.Redis)} right.",
                        exception);
                }

                if (!told)
                {
                    tell($"waiting up to {settings.RedisStartTimeout.TotalSeconds:0.#} s for Redis at {servers} ({exception.FailureType})");
                    told = true;
                }
            }

            await Task.Delay(Pause, timeProvider);
        }
    }
}
