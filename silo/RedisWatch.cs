using StackExchange.Redis;

namespace LockGrains.Silo;

/// <summary>Says when the connection to Redis is lost, and when it is back: also where nobody asks for a lock meanwhile.</summary>
internal sealed class RedisWatch : IDisposable
{
    private readonly OutageLog<string> _log;

    public RedisWatch(IConnectionMultiplexer redis, ILogger logger, TimeProvider timeProvider)
    {
        // Each is told once by the connection, so the end is told as soon as it is heard of.
        _log = new OutageLog<string>(timeProvider, logger.LogRedisLost, outage => logger.LogRedisBack(outage.Seconds), calm: TimeSpan.Zero);
        redis.ConnectionFailed += (_, change) =>
        {
            if (change.ConnectionType == ConnectionType.Interactive)
            {
                _log.Fails($"{EndPointCollection.ToString(change.EndPoint)} ({change.FailureType})");
            }
        };
        redis.ConnectionRestored += (_, change) =>
        {
            if (change.ConnectionType == ConnectionType.Interactive)
            {
                _log.Succeeds();
            }
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();
}
