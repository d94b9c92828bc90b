using System.Net;
using LockGrains.Silo;
using StackExchange.Redis;

namespace LockGrains.Chaos;

/// <summary>
/// A silo set up by the code of <c>silo/</c>, in a program that also uses locks: an application that hosts its own. Without callers, and
/// with a storage that forgot how to compare, it is the silo of <c>--unsafe-store</c>.
/// </summary>
internal static class CoHost
{
    public static async Task<int> RunAsync(WorkerOptions options)
    {
        using var ending = StandardInput.WhenClosed();
        var settings = new SiloSettings
        {
            Redis = options.Store.Kind == StoreKind.Redis ? options.Store.Text : null,
            Postgres = options.Store.Kind == StoreKind.Postgres ? options.Store.Text : null,
            ClusterId = options.Cluster,
            ServiceId = options.Service,
            AdvertisedIP = options.Address,
            SiloPort = options.SiloPort,
            GatewayPort = options.GatewayPort,
        };
        await using IConnectionMultiplexer? redis =
            settings.Redis is null ? null : await RedisStart.ConnectAsync(settings, Console.Error.WriteLine, TimeProvider.System);
        if (settings.Postgres is not null)
            await PostgresStart.WaitAsync(settings, Console.Error.WriteLine, TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = SiloSetup.ShutdownTimeout);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddSilo(settings, IPAddress.Parse(options.Address), redis);

        // Clients from outside use the others: a lock lives where it is asked for first, and would come here and stay.
        if (options.Contenders > 0)
            builder.Services.PostConfigure<Orleans.Configuration.EndpointOptions>(endpoint => endpoint.GatewayPort = 0);
        if (options.IsUnsafe)
            UnsafeStorage.Decorate(builder.Services);
        builder.Services.AddLockGrainsClient(client => client.Lease = Worker.Lease);
        await using var app = builder.Build();
        await app.StartAsync(ending.Token);
        Console.WriteLine(SiloNode.Ready);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, app.Lifetime.ApplicationStopping);
        if (options.Contenders > 0)
            await Worker.LoadAsync(options, LoadKeys.Inside, app.Services.GetRequiredService<ILockClient>(), either.Token);
        else
            await app.WaitForShutdownAsync(either.Token);
        await app.StopAsync(CancellationToken.None);
        return 0;
    }
}
