using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Storage;

namespace LockGrains.Storage.Tests;

/// <summary>A storage as a silo has it, without the silo: its services are made, and the storage alone is started.</summary>
internal sealed class HostedStores : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly SiloLifecycleSubject _lifecycle;

    private HostedStores(IHost host, SiloLifecycleSubject lifecycle) => (_host, _lifecycle) = (host, lifecycle);

    public ILockStoreProvider Stores => _host.Services.GetRequiredService<ILockStoreProvider>();

    public IServiceProvider Services => _host.Services;

    public static async Task<HostedStores> StartAsync(Action<ISiloBuilder> configure, string serviceId = "kit")
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering().AddLockGrains();
            configure(silo);
            silo.Configure<ClusterOptions>(options => options.ServiceId = serviceId);
        });
        var host = builder.Build();
        var lifecycle = new SiloLifecycleSubject(host.Services.GetRequiredService<ILogger<SiloLifecycleSubject>>());
        if (host.Services.GetKeyedService<IGrainStorage>(LockGrainOptions.DefaultStorageName) is ILifecycleParticipant<ISiloLifecycle> storage)
            storage.Participate(lifecycle);
        await lifecycle.OnStart();
        return new HostedStores(host, lifecycle);
    }

    public async ValueTask DisposeAsync()
    {
        await _lifecycle.OnStop();
        _host.Dispose();
    }
}
