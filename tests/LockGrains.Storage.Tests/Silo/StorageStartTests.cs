using LockGrains.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace LockGrains.Storage.Tests;

/// <summary>What a silo does about its storage when it starts: refuses it, trusts it with deletion or not, and asks who it is.</summary>
public sealed class StorageStartTests
{
    [Fact]
    public async Task Start_AzureTable_IsRefusedByItsName()
    {
        var exception = await RefuseAsync(silo => silo.Services.AddKeyedSingleton<IGrainStorage>(
            LockGrainOptions.DefaultStorageName, (_, _) => new AzureTableGrainStorage()));

        Assert.Contains("The grain storage AzureTableGrainStorage is not safe for locks: different keys share one record", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_StorageWithAProblem_IsRefusedInItsWords()
    {
        var stores = new FailingStores(new ReferenceStores()) { Problem = "Setting fsync is off; set it to on." };

        var exception = await RefuseAsync(silo => silo.Services.AddKeyedSingleton<ILockStoreProvider>(LockGrainOptions.DefaultStorageName, stores));

        Assert.Equal("LockGrains cannot start: Setting fsync is off; set it to on.", exception.Message);
    }

    [Fact]
    public async Task Start_Sqlite_FileThatCannotBeUsed_IsRefusedBeforeAnythingStarts()
    {
        using var folder = new TempFolder();

        var exception = await RefuseAsync(silo => silo.AddLockGrainsSqliteStorage(folder.Path));

        Assert.Equal($"LockGrains cannot start: The file '{folder.Path}' cannot keep the locks: it is a directory. Name a file in it.", exception.Message);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Start_GrainStorageThatNobodyKnows_IsTriedForDeletion(bool deletesAnything, bool canForget)
    {
        using var host = await StartAsync(silo =>
        {
            silo.AddMemoryGrainStorage("inner", options => options.GrainStorageSerializer = new StoredBytesSerializer());
            silo.Services.AddKeyedSingleton<IGrainStorage>(LockGrainOptions.DefaultStorageName, (services, _) =>
                new Unknown(services.GetRequiredKeyedService<IGrainStorage>("inner"), deletesAnything));
        });

        await host.Services.GetRequiredService<LockStorage>().Identity;
        var stores = Assert.IsType<GrainStorageLocks>(host.Services.GetRequiredService<ILockStoreProvider>());
        Assert.True(canForget == stores.CanForget, stores.ForgetProblem);
    }

    [Fact]
    public async Task Start_StorageThatIsAway_IsAskedForItsIdentityUntilItAnswers()
    {
        var clock = new ManualTimeProvider();
        var stores = new FailingStores(new ReferenceStores()) { Failures = 3 };
        using var host = await StartAsync(silo =>
        {
            silo.Services.AddKeyedSingleton<ILockStoreProvider>(LockGrainOptions.DefaultStorageName, stores);
            silo.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<LockStorage>(services, clock));
        });
        var identity = host.Services.GetRequiredService<LockStorage>().Identity;
        while (!identity.IsCompleted)
        {
            await Task.Yield();
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(await StoreIdentity.GetOrCreateAsync(stores, Guid.NewGuid()), await identity);
    }

    private static async Task<IHost> StartAsync(Action<ISiloBuilder> configure)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleans(silo => configure(silo.UseLocalhostClustering(FreePort.Find(), FreePort.Find()).AddLockGrains()));
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

    private static async Task<OrleansConfigurationException> RefuseAsync(Action<ISiloBuilder> configure) =>
        await Assert.ThrowsAsync<OrleansConfigurationException>(async () =>
        {
            using var host = await StartAsync(configure);
        });

    private sealed class Unknown(IGrainStorage inner, bool deletesAnything) : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.WriteStateAsync(stateName, grainId, grainState);

        public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            if (deletesAnything)
                await inner.ReadStateAsync(stateName, grainId, grainState);
            await inner.ClearStateAsync(stateName, grainId, grainState);
        }
    }
}
