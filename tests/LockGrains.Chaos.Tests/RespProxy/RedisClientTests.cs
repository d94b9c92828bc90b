using StackExchange.Redis;

namespace LockGrains.Chaos.Tests;

/// <summary>What the library under the silos makes of it: the answers to questions that its documentation leaves open.</summary>
public sealed class RedisClientTests
{
    private const string Compare =
        "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) return 0 else return -1 end";

    [RedisTheory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task Client_ThroughTheProxy_Works(string protocol)
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var connection = await ConnectAsync(redis, $"protocol={protocol}");
        var database = connection.GetDatabase();
        var heard = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var news = RedisChannel.Literal("news");
        var subscriber = connection.GetSubscriber();

        // With RESP 2 a second connection carries the messages. The first one does not wait for it.
        await Eventually.BecomesAsync(() => Task.FromResult(subscriber.IsConnected(news)), isConnected => isConnected, "connection of the subscriber");
        await subscriber.SubscribeAsync(news, (_, value) => heard.TrySetResult(value));
        await Task.WhenAll(Enumerable.Range(0, 300).Select(async index =>
        {
            await database.StringSetAsync($"key{index}", index);
            Assert.Equal(index, (int)await database.StringGetAsync($"key{index}"));
            Assert.Equal(-1, (int)await database.ScriptEvaluateAsync(Compare, [$"key{index}"], ["x", "y"]));
        }));
        await subscriber.PublishAsync(news, "hello");
        Assert.Equal("hello", await heard.Task.WithinPatienceAsync("message"));
    }

    [RedisTheory]
    [InlineData(nameof(RespProxyMode.SwallowReply), true)]
    [InlineData(nameof(RespProxyMode.DuplicateReply), true)]
    [InlineData(nameof(RespProxyMode.DuplicateReply), false)]
    public async Task HighIntegrity_ShiftedReplies_AreNeverBelieved(string mode, bool highIntegrity)
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var connection = await ConnectAsync(redis, $"highIntegrity={highIntegrity}");
        var database = connection.GetDatabase();
        for (var index = 0; index < 50; index++)
            await database.StringSetAsync($"key{index}", index);

        var wrong = 0;
        var failed = 0;
        redis.Proxy.Rule = new RespProxyRule(Enum.Parse<RespProxyMode>(mode)) { KeyPart = "key", Probability = 0.1 };
        for (var round = 0; round < 10; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(async index =>
            {
                try
                {
                    if ((int?)await database.StringGetAsync($"key{index}") != index)
                        Interlocked.Increment(ref wrong);
                }
                catch (InvalidCastException)
                {
                    // What came is the reply to a question of the library's own, and is no number.
                    Interlocked.Increment(ref wrong);
                }
                catch (Exception exception) when (exception is RedisException or InvalidOperationException)
                {
                    Interlocked.Increment(ref failed);
                }
            }));
        }

        Assert.NotEqual(0, redis.Proxy.Counts[redis.Proxy.Mode]);
        if (highIntegrity)
        {
            Assert.Equal(0, wrong);
            Assert.NotEqual(0, failed);
        }
        else
        {
            // The danger is real, and the proxy brings it about.
            Assert.NotEqual(0, wrong);
        }
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(ProxiedRedis redis, string settings)
    {
        var options = LockGrainsSiloBuilderExtensions.ParseRedis($"{redis.ConnectionString},asyncTimeout=60000,connectTimeout=60000,{settings}");
        return await ConnectionMultiplexer.ConnectAsync(options);
    }
}
