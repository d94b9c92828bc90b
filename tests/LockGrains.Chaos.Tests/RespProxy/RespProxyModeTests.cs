using System.Net.Sockets;
using LockGrains.TestKit;

namespace LockGrains.Chaos.Tests;

/// <summary>Each mode does to a real Redis and a bare socket what its name says.</summary>
public sealed class RespProxyModeTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    [RedisFact]
    public async Task Pass_PipelinedInPieces_IsAnsweredInOrder()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        var large = new string('x', 200_000);
        var bytes = Enumerable.Range(0, 500).SelectMany(index => RawRedisClient.Encode("ECHO", $"{index}"))
            .Concat(RawRedisClient.Encode("ECHO", large)).Concat("PING\r\n"u8.ToArray()).ToArray();
        var sending = Task.Run(async () =>
        {
            foreach (var piece in bytes.Chunk(777))
                await client.SendBytesAsync(piece);
        });
        for (var index = 0; index < 500; index++)
            Assert.EndsWith($"|{index}|", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Equal($"$200000|{large}|", await client.ReadAsync());
        Assert.Equal("+PONG|", await client.ReadAsync());
        await sending;
        Assert.Equal(502, redis.Proxy.Counts.Requests);
    }

    [RedisFact]
    public async Task Pass_ClientThatStopsSending_StillGetsItsAnswers()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        await client.SendAsync("SET", "key", "value");
        client.EndSending();
        Assert.Equal("+OK|", await client.ReadAsync());
        Assert.Equal("", await client.ReadAsync());
    }

    [RedisFact]
    public async Task DropReply_Write_IsAppliedAndNobodyTold()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.DropReply) { Commands = RespCommands.Writes };
        Assert.Equal("$1|a|", await client.AskAsync("ECHO", "a"));
        Assert.Equal("", await client.AskAsync("SET", "key", "value"));
        Assert.Equal("$5|value|", await redis.Direct.AskAsync("GET", "key"));
        Assert.Equal(1, redis.Proxy.Counts[RespProxyMode.DropReply]);
    }

    [RedisFact]
    public async Task LateWrite_AfterItsClientIsGone_Lands()
    {
        var time = new ManualTimeProvider();
        await using var redis = await ProxiedRedis.StartAsync(time);
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.LateWrite) { Commands = RespCommands.Writes, Delay = Delay };
        Assert.Equal("", await client.AskAsync("SET", "key", "late"));
        await time.WhenTimerDueInAsync(Delay);
        Assert.Equal("$-1|", await redis.Direct.AskAsync("GET", "key"));

        time.Advance(Delay);
        await redis.Proxy.Counts.WhenAsync(counts => counts.LateApplied == 1);
        Assert.Equal("$4|late|", await redis.Direct.AskAsync("GET", "key"));
    }

    [RedisFact]
    public async Task LateWrite_ThatComparesAndFails_IsCountedAsRefused()
    {
        const string Script = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) return 0 else return -1 end";
        var time = new ManualTimeProvider();
        await using var redis = await ProxiedRedis.StartAsync(time);
        await using var client = await redis.ConnectAsync();
        await redis.Direct.AskAsync("SET", "key", "old");
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.LateWrite) { Commands = RespCommands.Scripts, KeyPart = "ke", Delay = Delay };
        Assert.Equal("", await client.AskAsync("EVAL", Script, "1", "key", "old", "late"));
        await time.WhenTimerDueInAsync(Delay);
        await redis.Direct.AskAsync("SET", "key", "newer");

        time.Advance(Delay);
        await redis.Proxy.Counts.WhenAsync(counts => counts.LateRefused == 1);
        Assert.Equal("$5|newer|", await redis.Direct.AskAsync("GET", "key"));
        Assert.Equal(0, redis.Proxy.Counts.LateApplied);
    }

    [RedisFact]
    public async Task Reset_Request_IsNotForwarded()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.Reset) { Commands = RespCommands.Writes };
        await client.SendAsync("SET", "key", "value");
        Assert.Equal(SocketError.ConnectionReset, await client.ReadErrorAsync());
        Assert.Equal("$-1|", await redis.Direct.AskAsync("GET", "key"));
    }

    [RedisFact]
    public async Task Refuse_ResetsAllAndListensAgainLater()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        Assert.Equal("+PONG|", await client.AskAsync("PING"));
        redis.Proxy.Mode = RespProxyMode.Refuse;
        Assert.Equal(SocketError.ConnectionReset, await client.ReadErrorAsync());
        var exception = await Assert.ThrowsAnyAsync<SocketException>(redis.ConnectAsync);
        Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);

        redis.Proxy.Mode = RespProxyMode.Pass;
        await using var next = await redis.ConnectAsync();
        Assert.Equal("+PONG|", await next.AskAsync("PING"));
    }

    [RedisTheory]
    [InlineData(nameof(RespProxyMode.ReadOnly), "-READONLY ")]
    [InlineData(nameof(RespProxyMode.Loading), "-LOADING ")]
    [InlineData(nameof(RespProxyMode.OutOfMemory), "-OOM ")]
    [InlineData(nameof(RespProxyMode.NoScript), "-NOSCRIPT ")]
    [InlineData(nameof(RespProxyMode.Moved), "-MOVED ")]
    [InlineData(nameof(RespProxyMode.Misconfigured), "-MISCONF ")]
    public async Task Error_IsToldInItsPlaceAndNothingForwarded(string mode, string start)
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Rule = new RespProxyRule(Enum.Parse<RespProxyMode>(mode)) { Commands = RespCommands.Writes };
        await client.SendBytesAsync((byte[])[.. RawRedisClient.Encode("ECHO", "1"), .. RawRedisClient.Encode("SET", "key", "v"), .. RawRedisClient.Encode("ECHO", "2")]);
        Assert.Equal("$1|1|", await client.ReadAsync());
        Assert.StartsWith(start, await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Equal("$1|2|", await client.ReadAsync());
        Assert.Equal("$-1|", await redis.Direct.AskAsync("GET", "key"));
    }

    [RedisFact]
    public async Task Delay_Reply_ComesLaterThanItsEffect()
    {
        var time = new ManualTimeProvider();
        await using var redis = await ProxiedRedis.StartAsync(time);
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.Delay) { Delay = Delay };
        await client.SendBytesAsync((byte[])[.. RawRedisClient.Encode("SET", "key", "v"), .. RawRedisClient.Encode("GET", "key")]);
        await time.WhenTimerDueInAsync(Delay);
        Assert.Equal("$1|v|", await redis.Direct.AskAsync("GET", "key"));
        var reading = client.ReadAsync();
        Assert.False(reading.IsCompleted);

        // Both waited at the same time: the second is due with the first.
        time.Advance(Delay);
        Assert.Equal("+OK|", await reading);
        Assert.Equal("$1|v|", await client.ReadAsync());
    }

    [RedisFact]
    public async Task Hold_Request_IsForwardedLater()
    {
        var time = new ManualTimeProvider();
        await using var redis = await ProxiedRedis.StartAsync(time);
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.Hold) { Delay = Delay };
        await client.SendAsync("SET", "key", "v");
        await time.WhenTimerDueInAsync(Delay);
        Assert.Equal("$-1|", await redis.Direct.AskAsync("GET", "key"));
        time.Advance(Delay);
        Assert.Equal("+OK|", await client.ReadAsync());
        Assert.Equal("$1|v|", await redis.Direct.AskAsync("GET", "key"));
    }

    [RedisFact]
    public async Task Throttle_TakesTimeForEachByte()
    {
        var time = new ManualTimeProvider();
        await using var redis = await ProxiedRedis.StartAsync(time);
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.Throttle) { BytesPerSecond = 10 };
        var request = RawRedisClient.Encode("ECHO", "0123456789");
        await client.SendBytesAsync(request);
        var upwards = TimeSpan.FromSeconds(request.Length / 10.0);
        await time.WhenTimerDueInAsync(upwards);
        time.Advance(upwards);

        // $10, the ten characters, and an end of a line behind each.
        var downwards = TimeSpan.FromSeconds(1.7);
        await time.WhenTimerDueInAsync(downwards);
        time.Advance(downwards);
        Assert.Equal("$10|0123456789|", await client.ReadAsync());
    }

    [RedisFact]
    public async Task HalfClose_HearsNothingAndIsHeard()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Mode = RespProxyMode.HalfClose;
        Assert.Equal("", await client.AskAsync("SET", "key", "v"));
        await client.SendAsync("LPUSH", "list", "still there");
        Assert.EndsWith("|still there|", await redis.Direct.AskAsync("BLPOP", "list", "30"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Blackhole_KeepsAllUntilItIsHealed()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        Assert.Equal("+PONG|", await client.AskAsync("PING"));
        redis.Proxy.Mode = RespProxyMode.Blackhole;
        await client.SendAsync("SET", "key", "v");
        await using var second = await redis.ConnectAsync();
        await second.SendAsync("GET", "key");
        await redis.Proxy.Counts.WhenAsync(RespProxyMode.Blackhole, 2);
        Assert.Equal("$-1|", await redis.Direct.AskAsync("GET", "key"));

        redis.Proxy.Mode = RespProxyMode.Pass;
        Assert.Equal("+OK|", await client.ReadAsync());
        Assert.StartsWith("$", await second.ReadAsync(), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task BlackholeReplies_LetsRequestsThrough()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Mode = RespProxyMode.BlackholeReplies;
        await client.SendAsync("SET", "key", "v");
        await redis.Proxy.Counts.WhenAsync(RespProxyMode.BlackholeReplies, 1);
        Assert.Equal("$1|v|", await redis.Direct.AskAsync("GET", "key"));
        var reading = client.ReadAsync();
        Assert.False(reading.IsCompleted);
        redis.Proxy.Mode = RespProxyMode.Pass;
        Assert.Equal("+OK|", await reading);
    }

    [RedisFact]
    public async Task SwallowReply_TheNextTakesItsPlace()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.SwallowReply) { Limit = 1 };
        await client.SendAsync("ECHO", "1");
        Assert.Equal("$1|2|", await client.AskAsync("ECHO", "2"));
    }

    [RedisFact]
    public async Task DuplicateReply_StaysBehindByOne()
    {
        await using var redis = await ProxiedRedis.StartAsync();
        await using var client = await redis.ConnectAsync();
        redis.Proxy.Rule = new RespProxyRule(RespProxyMode.DuplicateReply) { Limit = 1 };
        Assert.Equal("$1|1|", await client.AskAsync("ECHO", "1"));
        Assert.Equal("$1|1|", await client.AskAsync("ECHO", "2"));
        Assert.Equal("$1|2|", await client.AskAsync("ECHO", "3"));
    }
}
