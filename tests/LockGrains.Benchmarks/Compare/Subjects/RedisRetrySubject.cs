using System.Globalization;
using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>
/// The usual lock on raw Redis: <c>SET key token NX PX</c>, tried again every 10 ms, and a script that deletes the key if it still has the
/// token. No queue, no fencing token, no renewal.
/// </summary>
internal sealed class RedisRetrySubject(string name, IConnectionMultiplexer redis) : ILockSubject
{
    public const string ReleaseScript = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end";

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(10);

    private readonly IDatabase _database = redis.GetDatabase();

    public string Name => name;

    public static string NewToken() => Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);

    public async ValueTask<Hold> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        var token = NewToken();
        while (!await _database.StringSetAsync(key, token, Lease, When.NotExists))
            await Clock.DelayAsync(RetryDelay, cancellationToken);
        return new Hold(key, token);
    }

    public async ValueTask ReleaseAsync(Hold hold)
    {
        var deleted = (long)await _database.ScriptEvaluateAsync(ReleaseScript, [hold.Key], [(string)hold.Proof]);
        if (deleted != 1)
            throw new InvalidOperationException($"The lock '{hold.Key}' was not held any more.");
    }

    public ValueTask<int?> CountWaitingAsync(string key) => ValueTask.FromResult<int?>(null);
}
