using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>A lock on raw Redis that two scripts are: one takes it if it can be had, the other lets it go.</summary>
internal sealed class RedisScriptSubject(string name, IConnectionMultiplexer redis, RedisScripts scripts, RedisTries tries) : ILockSubject
{
    private readonly IDatabase _database = redis.GetDatabase();

    public string Name => name;

    public async ValueTask<Hold> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        var token = RedisRetrySubject.NewToken();
        var keys = scripts.KeysOf(key);
        RedisValue[] arguments = [token, (long)RedisRetrySubject.Lease.TotalMilliseconds, scripts.Limit];
        try
        {
            await tries.RepeatAsync(key, async () => (long)await _database.ScriptEvaluateAsync(scripts.Acquire, keys, arguments) == 1, cancellationToken);
            return new Hold(key, token);
        }
        catch (OperationCanceledException) when (scripts.KeepsPlace)
        {
            // Else it would stand in the way of those behind it for a whole lease.
            await ReleaseAsync(key, token);
            throw;
        }
    }

    public async ValueTask ReleaseAsync(Hold hold)
    {
        if (await ReleaseAsync(hold.Key, (string)hold.Proof) != 1)
            throw new InvalidOperationException($"The lock '{hold.Key}' was not held any more.");
    }

    public ValueTask<int?> CountWaitingAsync(string key) => ValueTask.FromResult<int?>(null);

    private async Task<long> ReleaseAsync(string key, string token)
    {
        RedisValue[] arguments = [token, RedisTries.ChannelOf(key), tries.AreWoken];
        return (long)await _database.ScriptEvaluateAsync(scripts.Release, scripts.KeysOf(key), arguments);
    }
}

/// <summary>The scripts of a lock on raw Redis.</summary>
/// <param name="Acquire">Takes it: returns 1 when it was had. ARGV: token, milliseconds of the lease, limit.</param>
/// <param name="Release">Lets it go: returns 1 when it was held. ARGV: token, channel, and 1 where a message is to be published there.</param>
/// <param name="KeysOf">What the keys of both are.</param>
internal sealed record RedisScripts(string Acquire, string Release, Func<string, RedisKey[]> KeysOf)
{
    /// <summary>How many may hold it; where that is asked for.</summary>
    public int Limit { get; init; } = 1;

    /// <summary>Whether a try that fails keeps a place, which who gives up must leave.</summary>
    public bool KeepsPlace { get; init; }
}
