using StackExchange.Redis;

namespace LockGrains.Chaos;

/// <summary>The write of a grain's record, as the Orleans provider does it.</summary>
internal static class CompareAndSet
{
    private const string Script = """
        local etag = redis.call('HGET', KEYS[1], 'etag')
        if ((not etag or etag == '') and (not ARGV[1] or ARGV[1] == '')) or etag == ARGV[1] then
          redis.call('HMSET', KEYS[1], 'etag', ARGV[2], 'data', ARGV[3])
          return 0
        else
          return -1
        end
        """;

    public static async Task<bool> RunAsync(IDatabase database, RedisKey key, string expected, string next, byte[] data) =>
        (int)await database.ScriptEvaluateAsync(Script, [key], [expected, next, data]) == 0;
}
