using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>
/// A reader-writer lock on raw Redis by the idea of Redisson's RReadWriteLock: a hash of those who read, and a key of the one who writes. A
/// reader comes in while nobody writes, whoever waits. The hash as a whole ends a lease after the last one came in. No queue, no fencing
/// token, no renewal.
/// </summary>
internal static class RedisReaderWriter
{
    private const string Read = """
        if redis.call('exists', KEYS[1]) == 1 then return 0 end
        redis.call('hset', KEYS[2], ARGV[1], 1)
        redis.call('pexpire', KEYS[2], ARGV[2])
        return 1
        """;

    private const string EndRead = """
        local held = redis.call('hdel', KEYS[2], ARGV[1])
        if held == 1 and ARGV[3] == '1' and redis.call('exists', KEYS[2]) == 0 then redis.call('publish', ARGV[2], '') end
        return held
        """;

    private const string Write = """
        if redis.call('exists', KEYS[2]) == 1 then return 0 end
        if redis.call('set', KEYS[1], ARGV[1], 'nx', 'px', ARGV[2]) then return 1 else return 0 end
        """;

    private const string EndWrite = """
        if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('del', KEYS[1])
        if ARGV[3] == '1' then redis.call('publish', ARGV[2], '') end
        return 1
        """;

    public static ReaderWriterSubject Make(string name, IConnectionMultiplexer redis, bool areWoken)
    {
        // Readers and writers of one process hear one message.
        var tries = new RedisTries(redis, areWoken);
        return new ReaderWriterSubject(
            name,
            new RedisScriptSubject(name, redis, new RedisScripts(Read, EndRead, KeysOf), tries),
            new RedisScriptSubject(name, redis, new RedisScripts(Write, EndWrite, KeysOf), tries));
    }

    private static RedisKey[] KeysOf(string key) => [$"{key}/writer", $"{key}/readers"];
}
