using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>A program outside the cluster that uses locks over Orleans.</summary>
internal sealed class OrleansProgram : IAsyncDisposable
{
    private readonly IHost _host;

    private OrleansProgram(IHost host) => _host = host;

    public ILockClient Locks => _host.Services.GetRequiredService<ILockClient>();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Connects to gateways; a start that fails is tried again by nobody.</summary>
    public static async Task<OrleansProgram> StartAsync(
        IReadOnlyList<SiloProcess> silos, ClusterCertificate? certificate, LogLines? lines = null, CancellationToken cancellationToken = default)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        if (lines is not null)
            builder.Logging.AddProvider(lines);
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering([.. silos.Select(silo => new IPEndPoint(IPAddress.Loopback, silo.GatewayPort))]);
            client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("lockgrains", "lockgrains"));
            if (certificate is not null)
                client.UseLockGrainsTls(certificate.SetOptions);
        });
        builder.Services.AddLockGrainsClient();
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken).WaitAsync(TestProcess.Guard, cancellationToken);
        }
        catch
        {
            host.Dispose();
            throw;
        }

        return new OrleansProgram(host);
    }

    /// <summary>From now on its calls say that they come from somebody else. Orleans has no setting for that.</summary>
    public void PassFor(GrainId sender)
    {
        var client = _host.Services.GetRequiredService(typeof(IClusterClient).Assembly.GetType("Orleans.OutsideRuntimeClient", throwOnError: true)!);
        client.GetType().GetProperty("CurrentActivationAddress")!.SetValue(client, new GrainAddress { GrainId = sender });
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
