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

    /// <summary>Connects to a gateway; a start that fails is tried again by nobody.</summary>
    public static async Task<OrleansProgram> StartAsync(SiloProcess silo, TestCertificate? certificate, LogLines? lines = null, CancellationToken cancellationToken = default)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        if (lines is not null)
            builder.Logging.AddProvider(lines);
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, silo.GatewayPort));
            client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("lockgrains", "lockgrains"));
            if (certificate is not null)
                client.UseLockGrainsTls(certificate.Set);
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

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
