using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// Silo and client as programs set them up: generic hosts, real sockets, the documented extension methods and nothing else.
/// </summary>
public sealed class HostingTests : IAsyncLifetime
{
    private readonly string _key = LockCluster.NewKey("hosting");
    private readonly int _gatewayPort = FreePort.Find();
    private IHost _silo = null!;

    public async Task InitializeAsync()
    {
        var siloPort = FreePort.Find();
        var builder = NewBuilder();
        builder.UseOrleans(silo =>
            silo.UseLocalhostClustering(siloPort, _gatewayPort).AddLockGrains().AddLockGrainsMemoryStorage());
        builder.Services.AddLockGrainsClient(options => options.OwnerId = "in the silo");
        _silo = builder.Build();
        await _silo.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _silo.StopAsync();
        _silo.Dispose();
    }

    [Fact]
    public async Task Client_InAHostOfItsOwn_SharesLocksWithTheClientInTheSilo()
    {
        using var host = await StartClientHostAsync();
        var outside = host.Services.GetRequiredService<ILockClient>();
        var inside = _silo.Services.GetRequiredService<ILockClient>();

        var handle = await outside.AcquireAsync(_key);
        Assert.Null(await inside.TryAcquireAsync(_key));
        Assert.Equal("outside", (await inside.GetInfoAsync(_key)).Holder!.OwnerId);
        await handle.ReleaseAsync();

        await using var next = await inside.AcquireAsync(_key);
        Assert.True(next.FencingToken > handle.FencingToken);
        await host.StopAsync();
    }

    [Fact]
    public async Task Client_ItsHostStopsWhileItHolds_LeavesItToItsLease()
    {
        using var host = await StartClientHostAsync(options => options.StopTimeout = TimeSpan.Zero);
        var handle = await host.Services.GetRequiredService<ILockClient>().AcquireAsync(_key, options: new AcquireOptions { ConfirmLease = true });

        await host.StopAsync();

        handle.ThrowIfLost();
        Assert.True(handle.AtRiskToken.IsCancellationRequested);
        Assert.Null(await _silo.Services.GetRequiredService<ILockClient>().TryAcquireAsync(_key));
    }

    [Fact]
    public async Task Client_OptionOutOfRange_StopsItsHostAtTheStart()
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartClientHostAsync(options => options.DriftRate = 0.5));

        Assert.Contains("LockClientOptions.DriftRate is 0.5; it must be from 0 to 0.2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_AddedTwice_IsOne()
    {
        var builder = NewBuilder();
        builder.UseOrleansClient(client => client.UseLocalhostClustering(_gatewayPort));
        builder.Services.AddLockGrainsClient().AddLockGrainsClient(options => options.OwnerId = "twice");
        using var host = builder.Build();
        await host.StartAsync();

        Assert.Single(host.Services.GetServices<ILockClient>());
        await using var handle = await host.Services.GetRequiredService<ILockClient>().AcquireAsync(_key);
        Assert.Equal("twice", handle.OwnerId);
        await host.StopAsync();
    }

    [Fact]
    public async Task Silo_LockGrainsAddedTwice_AppliesBothConfigurations()
    {
        var (siloPort, gatewayPort) = (FreePort.Find(), FreePort.Find());
        var builder = NewBuilder();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(siloPort, gatewayPort)
            .AddLockGrains(options => options.Policy = options.Policy with { QueueLimit = 1 })
            .AddLockGrains(options => options.Policy = options.Policy with { OwnerIdMaxBytes = 3 })
            .AddLockGrainsMemoryStorage());
        using var host = builder.Build();
        await host.StartAsync();
        var grain = host.Services.GetRequiredService<IGrainFactory>().GetLock(_key);

        await new Attempt(grain, "one").TakeAsync();
        Assert.Equal(DenyReason.Invalid, (await new Attempt(grain, "four").TryAsync()).Reason);
        Assert.Equal(AcquireStatus.Queued, (await new Attempt(grain, "two").QueueAsync()).Status);
        Assert.Equal(DenyReason.QueueFull, (await new Attempt(grain, "3").QueueAsync()).Reason);
        await host.StopAsync();
    }

    [Fact]
    public void Options_Defaults_AreTheDocumentedOnes()
    {
        var options = _silo.Services.GetRequiredService<IOptions<LockGrainOptions>>().Value;

        Assert.Equal("LockGrains", options.StorageName);
        Assert.Equal(new LockPolicy(), options.Policy);
        var messaging = _silo.Services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value;

        // Or Orleans reports every waiter as a slow call.
        Assert.True(LockPolicy.BeatingSlice < messaging.RequestProcessingWarningTime);
    }

    private async Task<IHost> StartClientHostAsync(Action<LockClientOptions>? configure = null)
    {
        var builder = NewBuilder();
        builder.UseOrleansClient(client => client.UseLocalhostClustering(_gatewayPort));
        builder.Services.AddLockGrainsClient(options => options.OwnerId = "outside");
        if (configure is not null)
            builder.Services.AddLockGrainsClient(configure);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private static HostApplicationBuilder NewBuilder() =>
        Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
}
