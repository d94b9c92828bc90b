using System.Globalization;
using System.Net;

namespace LockGrains.Chaos.Tests;

/// <summary>A real Redis, a proxy before it, and a way around the proxy.</summary>
internal sealed class ProxiedRedis : IAsyncDisposable
{
    private readonly RedisServer _server;

    private ProxiedRedis(RedisServer server, RespProxy proxy, RawRedisClient direct) =>
        (_server, Proxy, Direct) = (server, proxy, direct);

    public RespProxy Proxy { get; }

    /// <summary>Sees what has really arrived.</summary>
    public RawRedisClient Direct { get; }

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Proxy.EndPoint.Port}");

    public static async Task<ProxiedRedis> StartAsync(TimeProvider? timeProvider = null, int seed = 1)
    {
        var server = await RedisServer.StartAsync();
        var upstream = new IPEndPoint(IPAddress.Loopback, server.Port);
        var proxy = new RespProxy(new IPEndPoint(IPAddress.Loopback, 0), upstream, seed, timeProvider);
        await proxy.StartAsync();
        return new ProxiedRedis(server, proxy, await RawRedisClient.ConnectAsync(upstream));
    }

    public Task<RawRedisClient> ConnectAsync() => RawRedisClient.ConnectAsync(Proxy.EndPoint);

    public Task KillServerAsync() => _server.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await Direct.DisposeAsync();
        await Proxy.DisposeAsync();
        await _server.DisposeAsync();
    }
}
