using System.Net;
using Orleans.Configuration;
using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>A client of a cluster from outside, as an application has it.</summary>
internal sealed class ExternalClient : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly IHost _host;

    private ExternalClient(IHost host) => _host = host;

    public ILockClient Locks => _host.Services.GetRequiredService<ILockClient>();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Connects.</summary>
    /// <param name="plan">The cluster.</param>
    /// <param name="gatewayPorts">The gateways to use; without any, all are found in Redis.</param>
    public static async Task<ExternalClient> ConnectAsync(ClusterPlan plan, params int[] gatewayPorts)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(orleans =>
        {
            orleans.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (plan.Id, plan.Id));
            orleans.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
            orleans.Configure<ConnectionOptions>(options => options.OpenConnectionTimeout = TimeSpan.FromSeconds(2));
            if (plan.ClientCertificate is { } certificate)
            {
                orleans.UseLockGrainsTls(options =>
                    (options.Certificate, options.CertificateKey, options.Authority, options.SiloName) =
                        (certificate.Path, certificate.Key, certificate.Authority, ClusterAuthority.SiloName));
            }

            if (gatewayPorts.Length > 0)
                orleans.UseStaticClustering([.. gatewayPorts.Select(port => new IPEndPoint(IPAddress.Loopback, port))]);
            else
                orleans.UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(plan.Redis));
        });
        builder.Services.AddLockGrainsClient();
        var host = builder.Build();
        await host.StartAsync();
        return new ExternalClient(host);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(StopPatience, TimeProvider.System);
        try
        {
            await _host.StopAsync(patience.Token);
        }
        catch (Exception)
        {
            // The cluster may have been ended before: nothing is left to let go.
        }

        _host.Dispose();
    }
}
