using System.Collections.Concurrent;
using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>
/// A lock on raw Redis whose release publishes a message, upon which waiters try again. As of separate clients, every waiter is woken; in the
/// form of Redisson, one in each process is.
/// </summary>
internal sealed class RedisPubSubSubject(string name, IConnectionMultiplexer redis, bool wakesOnePerProcess = false) : ILockSubject
{
    private const string ReleaseScript =
        "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) redis.call('publish', KEYS[2], '') return 1 else return 0 end";

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly ConcurrentDictionary<string, Lazy<Task<WakeUp>>> _wakeUps = new();

    public string Name => name;

    public async ValueTask<Hold> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        var token = RedisRetrySubject.NewToken();
        if (!_wakeUps.ContainsKey(key) && await TryAsync(key, token))
            return new Hold(key, token);
        var wakeUp = await _wakeUps.GetOrAdd(key, name => new Lazy<Task<WakeUp>>(() => SubscribeAsync(name))).Value;
        while (true)
        {
            // Listen first, then try: a message in between is not lost.
            var heard = wakeUp.Listen();
            if (await TryAsync(key, token))
                return new Hold(key, token);

            // A holder that died publishes nothing: its key's expiry is the bound.
            await wakeUp.WaitAsync(heard, RedisRetrySubject.Lease, cancellationToken);
        }
    }

    public async ValueTask ReleaseAsync(Hold hold)
    {
        var deleted = (long)await _database.ScriptEvaluateAsync(ReleaseScript, [hold.Key, Channel(hold.Key)], [(string)hold.Proof]);
        if (deleted != 1)
            throw new InvalidOperationException($"The lock '{hold.Key}' was not held any more.");
    }

    public ValueTask<int?> CountWaitingAsync(string key) => ValueTask.FromResult<int?>(null);

    private static string Channel(string key) => $"{key}/released";

    private Task<bool> TryAsync(string key, string token) => _database.StringSetAsync(key, token, RedisRetrySubject.Lease, When.NotExists);

    private async Task<WakeUp> SubscribeAsync(string key)
    {
        var wakeUp = new WakeUp(wakesOnePerProcess);
        await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(Channel(key)), (_, _) => wakeUp.Signal());
        return wakeUp;
    }
}
