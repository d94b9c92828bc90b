using System.Net.Sockets;

namespace LockGrains.Chaos.Tests;

public sealed class RespProxyRuleTests
{
    private static readonly RespRequest Ping = new(RawRedisClient.Encode("PING"));

    [Fact]
    public void Decide_ShareOfRequests_IsThatShareAndTheSameForTheSameSeed()
    {
        var rule = new RespProxyRule(RespProxyMode.Reset) { Probability = 0.3 };
        var first = Decide(rule, seed: 7, count: 10_000);
        Assert.InRange(first.Count(mode => mode == RespProxyMode.Reset), 2_800, 3_200);
        Assert.Equal(first, Decide(rule, seed: 7, count: 10_000));
        Assert.NotEqual(first, Decide(rule, seed: 8, count: 10_000));
    }

    [Fact]
    public void Decide_Limit_IsKept() =>
        Assert.Equal(3, Decide(new RespProxyRule(RespProxyMode.Reset) { Limit = 3 }, seed: 1, count: 10).Count(mode => mode == RespProxyMode.Reset));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    public void Rule_ProbabilityThatIsNone_IsRefused(double probability) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RespProxyRule(RespProxyMode.Reset) { Probability = probability }.Checked());

    [Fact]
    public void Rule_OfLockRecords_LeavesMembershipAlone()
    {
        var rule = new RespProxyRule(RespProxyMode.DropReply) { Commands = RespCommands.Scripts, KeyPart = RespProxyRule.LockRecords };
        Assert.True(rule.Fits(new RespRequest(RawRedisClient.Encode("EVALSHA", "0a", "1", "service/state/lockgrains.lock/key/lock", "etag"))));
        Assert.False(rule.Fits(new RespRequest(RawRedisClient.Encode("EVALSHA", "0a", "1", "service/members/cluster", "etag"))));
        Assert.False(rule.Fits(new RespRequest(RawRedisClient.Encode("HGETALL", "service/state/lockgrains.lock/key/lock"))));
    }

    [RedisFact]
    public async Task ResetConnections_EndsThoseOfNowOnly()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        Assert.Equal("+PONG|", await client.AskAsync("PING"));
        redis.Proxy.ResetConnections();
        Assert.Equal(SocketError.ConnectionReset, await client.ReadErrorAsync());
        await using var next = await redis.ConnectAsync();
        Assert.Equal("+PONG|", await next.AskAsync("PING"));
    }

    [RedisFact]
    public async Task Dispose_WithAllSortsUnderWay_EndsThem()
    {
        var redis = await ProxiedRedis.StartAsync();
        await using var late = await redis.ConnectAsync();
        await using var frozen = await redis.ConnectAsync();
        await using var idle = await redis.ConnectAsync();
        Assert.Equal("+PONG|", await idle.AskAsync("PING"));
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.LateWrite) { Delay = TimeSpan.FromHours(1) };
        Assert.Equal("", await late.AskAsync("SET", "key", "late"));
        redis.Proxy.Mode = RespProxyMode.Blackhole;
        await frozen.SendAsync("PING");
        await redis.Proxy.Counts.WhenAsync(RespProxyMode.Blackhole, 1);
        await redis.DisposeAsync();
        Assert.Equal("", await idle.ReadAsync());
        Assert.Equal(0, redis.Proxy.OpenConnections);
    }

    [RedisFact]
    public async Task Upstream_ThatIsGone_EndsItsClients()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        Assert.Equal("+PONG|", await client.AskAsync("PING"));
        await redis.KillServerAsync();
        Assert.Equal("", await client.ReadAsync());
        Assert.Equal(SocketError.ConnectionReset, await ConnectAndReadErrorAsync(redis));
    }

    /// <summary>The reset may come before the connect is told of.</summary>
    private static async Task<SocketError> ConnectAndReadErrorAsync(ProxiedRedis redis)
    {
        try
        {
            await using var client = await redis.ConnectAsync();
            return await client.ReadErrorAsync();
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    private static RespProxyMode[] Decide(RespProxyRule rule, int seed, int count)
    {
        var ruling = new RespProxyRuling(rule, seed);
        return [.. Enumerable.Range(0, count).Select(_ => ruling.Decide(Ping))];
    }
}
