using System.Net;
using LockGrains.Silo;
using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>A silo in this process, put together by the code of <c>silo/</c>, with a client beside it: an application that hosts its own locks.</summary>
internal sealed class CoHostedSilo : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IConnectionMultiplexer _redis;

    private CoHostedSilo(WebApplication app, IConnectionMultiplexer redis)
    {
        _app = app;
        _redis = redis;
    }

    public ILockClient Locks => _app.Services.GetRequiredService<ILockClient>();

    public IGrainFactory Grains => _app.Services.GetRequiredService<IGrainFactory>();

    public static async Task<CoHostedSilo> StartAsync(ClusterPlan plan)
    {
        var settings = new SiloSettings
        {
            Redis = plan.Redis,
            ClusterId = plan.Id,
            ServiceId = plan.Id,
            SiloPort = FreePort.Find(),
            GatewayPort = FreePort.Find(),
        };
        var redis = await ConnectionMultiplexer.ConnectAsync(settings.MakeRedisOptions());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddSingleton<IConnectionMultiplexer>(redis);
        builder.WebHost.UseUrls("http://127.0.0.1:0");

        // A silo reserves threads in the pool of its process. Beside it, raw Redis and the external client are measured as in an ordinary one.
        ThreadPool.GetMinThreads(out var threads, out var completionThreads);
        builder.AddSilo(settings, IPAddress.Loopback, redis);
        ThreadPool.SetMinThreads(threads, completionThreads);
        builder.Services.AddLockGrainsClient();
        var app = builder.Build();
        await app.StartAsync();
        return new CoHostedSilo(app, redis);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _redis.DisposeAsync();
    }
}
