using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace LockGrains.Docs.Tests.Examples;

/// <summary>The ways to host and to reach locks.</summary>
internal static class Hosting
{
    public static HostApplicationBuilder Silo(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering()
            .AddLockGrains()
            .AddLockGrainsMemoryStorage());   // in production: PostgreSQL, Redis, or SQLite for one silo (docs/STORAGE.md)
        builder.Services.AddLockGrainsClient(); // ILockClient for everything in this host, grains included
        return builder;
    }

    public static HostApplicationBuilder Client(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.UseOrleansClient(client => client
            .UseLocalhostClustering(serviceId: "lockgrains", clusterId: "lockgrains")
            .Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(20)));
        builder.Services.AddLockGrainsClient(options => options.Lease = TimeSpan.FromSeconds(15));
        return builder;
    }
}
