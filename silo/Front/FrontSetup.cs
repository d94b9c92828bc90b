using Orleans.Configuration;
using Orleans.Messaging;
using StackExchange.Redis;

namespace LockGrains.Silo.Front;

/// <summary>Puts a front together: it serves the HTTP API of silos that run elsewhere, as a client of their cluster, and keeps no lock itself.</summary>
internal static class FrontSetup
{
    public static void AddFront(this WebApplicationBuilder builder, SiloSettings settings, IConnectionMultiplexer? redis)
    {
        // The host tells a start that failed with a trace; Program says the same in a line.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.AddSingleton<IClientConnectionRetryFilter>(new ClusterPatience(settings, Console.Error.WriteLine, TimeProvider.System));
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(options =>
            {
                options.ClusterId = settings.ClusterId;
                options.ServiceId = settings.ServiceId;
            });
            client.AddTls(settings);
            AddGateways(client, settings, redis);
        });
    }

    /// <summary>Where the silos are, for people.</summary>
    public static string DescribeCluster(SiloSettings settings) =>
        settings.Redis is not null ? "found in Redis" : settings.Postgres is not null ? "found in PostgreSQL" : $"at {settings.Gateway}";

    private static void AddGateways(IClientBuilder client, SiloSettings settings, IConnectionMultiplexer? redis)
    {
        if (redis is not null)
        {
            client.UseRedisClustering(options =>
            {
                options.ConfigurationOptions = settings.MakeRedisOptions();
                options.CreateMultiplexer = _ => Task.FromResult((redis, true));
            });
        }
        else if (settings.Postgres is { } postgres)
        {
            client.UseLockGrainsPostgreSqlClustering(postgres);
        }
        else
        {
            client.Services.AddSingleton<IGatewayListProvider>(new GatewayNames(GatewayAddress.ParseList(settings.Gateway!)));
        }
    }
}
