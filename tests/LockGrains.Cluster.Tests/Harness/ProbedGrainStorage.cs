using Orleans.Storage;

namespace LockGrains.Cluster.Tests;

/// <summary>A grain storage under a <see cref="StorageProbe"/>.</summary>
internal sealed class ProbedGrainStorage(IGrainStorage inner, StorageProbe probe) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await KeyProbeOf(grainId).OnLoadAsync();
        await inner.ReadStateAsync(stateName, grainId, grainState);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var keyProbe = KeyProbeOf(grainId);
        using var write = keyProbe.BeginWrite();
        var fault = await keyProbe.OnWriteAsync(stateName == RecordName.Lock.ToString());
        if (fault == WriteFault.FailBefore)
            throw new IOException("The write failed before it was applied (a fault of the test).");
        if (fault == WriteFault.Conflict)
            throw new InconsistentStateException("Another ETag was found (a fault of the test).");
        await inner.WriteStateAsync(stateName, grainId, grainState);
        await keyProbe.OnWrittenAsync();
        if (fault == WriteFault.FailAfter)
            throw new IOException("The write failed after it was applied (a fault of the test).");
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await KeyProbeOf(grainId).OnClearAsync();
        await inner.ClearStateAsync(stateName, grainId, grainState);
    }

    private KeyProbe KeyProbeOf(GrainId grainId) => probe[grainId.Key.ToString()!];
}
