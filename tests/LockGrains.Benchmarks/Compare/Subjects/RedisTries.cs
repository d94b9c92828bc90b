using System.Collections.Concurrent;
using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>
/// How those who want a lock on raw Redis come to try again: every 10 ms, or when a release has published a message, upon which all of them do,
/// as separate clients would.
/// </summary>
internal sealed class RedisTries(IConnectionMultiplexer redis, bool areWoken)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(10);

    // A holder that died publishes nothing. A third of its lease, so that a waiter shows in time that it is there, where that counts.
    private static readonly TimeSpan Patience = RedisRetrySubject.Lease / 3;

    private readonly ConcurrentDictionary<string, Lazy<Task<WakeUp>>> _wakeUps = new();

    /// <summary>Whether a release has to publish a message.</summary>
    public bool AreWoken => areWoken;

    /// <summary>Where the releases of a key are published.</summary>
    public static string ChannelOf(string key) => $"{key}/released";

    /// <summary>Tries until it succeeds.</summary>
    public async Task RepeatAsync(string key, Func<Task<bool>> tryAsync, CancellationToken cancellationToken)
    {
        if (!areWoken)
        {
            while (!await tryAsync())
                await Clock.DelayAsync(RetryDelay, cancellationToken);
            return;
        }

        if (!_wakeUps.ContainsKey(key) && await tryAsync())
            return;
        var wakeUp = await _wakeUps.GetOrAdd(key, name => new Lazy<Task<WakeUp>>(() => SubscribeAsync(name))).Value;
        while (true)
        {
            // Listen first, then try: a message in between is not lost.
            var heard = wakeUp.Listen();
            if (await tryAsync())
                return;
            await wakeUp.WaitAsync(heard, Patience, cancellationToken);
        }
    }

    private async Task<WakeUp> SubscribeAsync(string key)
    {
        var wakeUp = new WakeUp(wakesOne: false);
        await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(ChannelOf(key)), (_, _) => wakeUp.Signal());
        return wakeUp;
    }
}
