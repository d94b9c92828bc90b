using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>
/// A fair semaphore on raw Redis by the idea of "Redis in Action" (6.3): each who wants a permit is in a sorted set with a number of a counter,
/// and has one when its rank is below the limit. A second sorted set has the time at which each was seen last. Who was not seen for a lease
/// is taken out of both. A waiter keeps its number, so this is a queue. The clock is that of Redis. No fencing token, no renewal.
/// </summary>
internal static class RedisSemaphore
{
    private const string Acquire = """
        local time = redis.call('time')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        for _, gone in ipairs(redis.call('zrangebyscore', KEYS[2], '-inf', now - ARGV[2])) do
            redis.call('zrem', KEYS[1], gone)
            redis.call('zrem', KEYS[2], gone)
        end
        if not redis.call('zscore', KEYS[1], ARGV[1]) then
            redis.call('zadd', KEYS[1], redis.call('incr', KEYS[3]), ARGV[1])
        end
        redis.call('zadd', KEYS[2], now, ARGV[1])
        if redis.call('zrank', KEYS[1], ARGV[1]) < tonumber(ARGV[3]) then return 1 else return 0 end
        """;

    private const string Release = """
        local held = redis.call('zrem', KEYS[1], ARGV[1])
        redis.call('zrem', KEYS[2], ARGV[1])
        if held == 1 and ARGV[3] == '1' then redis.call('publish', ARGV[2], '') end
        return held
        """;

    /// <summary>One permit of so many, at a time.</summary>
    public static RedisScriptSubject Make(string name, IConnectionMultiplexer redis, int limit, bool areWoken)
    {
        var scripts = new RedisScripts(Acquire, Release, static key => [key, $"{key}/seen", $"{key}/counter"]) { Limit = limit, KeepsPlace = true };
        return new RedisScriptSubject(name, redis, scripts, new RedisTries(redis, areWoken));
    }
}
