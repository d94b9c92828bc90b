using Orleans.Storage;

namespace LockGrains.Chaos;

/// <summary>A grain storage that overwrites whatever is there: compare-and-set with the comparison taken away. Only to show that the judge notices.</summary>
internal sealed class UnsafeStorage(IGrainStorage storage) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Puts it before the storage of the locks.</summary>
    public static void Decorate(IServiceCollection services)
    {
        var original = services.Last(service =>
            service.ServiceType == typeof(IGrainStorage) && Equals(service.ServiceKey, LockGrainOptions.DefaultStorageName));
        services.Remove(original);
        services.AddKeyedSingleton<IGrainStorage>(
            LockGrainOptions.DefaultStorageName,
            (provider, key) => new UnsafeStorage((IGrainStorage)original.KeyedImplementationFactory!(provider, key)));
    }

    public void Participate(ISiloLifecycle observer) => ((ILifecycleParticipant<ISiloLifecycle>)storage).Participate(observer);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        storage.ReadStateAsync(stateName, grainId, grainState);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        storage.ClearStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        while (true)
        {
            var current = new GrainState<T>();
            await storage.ReadStateAsync(stateName, grainId, current);
            grainState.ETag = current.ETag;
            try
            {
                await storage.WriteStateAsync(stateName, grainId, grainState);
                return;
            }
            catch (InconsistentStateException)
            {
                // Somebody was quicker; overwrite that too.
            }
        }
    }
}
