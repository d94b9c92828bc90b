using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LockGrains.Cluster.Tests;

/// <summary>An acquire that comes before Orleans has started in its host.</summary>
public sealed class BeforeStartTests
{
    private readonly int _siloPort = FreePort.Find();
    private readonly int _gatewayPort = FreePort.Find();

    [Fact]
    public async Task Acquire_BeforeTheHostHasStarted_WaitsForIt()
    {
        using var host = Build();
        var acquire = host.Services.GetRequiredService<ILockClient>().AcquireAsync("before").AsTask();
        Assert.False(acquire.IsCompleted);
        await host.StartAsync();

        await using (await acquire.WithinPatienceAsync("grant"))
            await host.Services.GetRequiredService<ILockClient>().GetInfoAsync("before");
        await host.StopAsync();
    }

    [Fact]
    public async Task Acquire_HostDoesNotStart_SaysSo()
    {
        using var host = Build(options => options.UnavailableTimeout = TimeSpan.FromMilliseconds(100));
        var locks = host.Services.GetRequiredService<ILockClient>();

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => locks.AcquireAsync("before").AsTask());
        Assert.Contains("Orleans has not started in this host within 0.1 s", exception.Message, StringComparison.Ordinal);
        Assert.False(exception.MayHaveTakenEffect);
        await Assert.ThrowsAsync<LockUnavailableException>(() => locks.GetInfoAsync("before").AsTask());
    }

    private IHost Build(Action<LockClientOptions>? configure = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLockGrainsClient(configure);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(_siloPort, _gatewayPort).AddLockGrains().AddLockGrainsMemoryStorage());
        return builder.Build();
    }
}
