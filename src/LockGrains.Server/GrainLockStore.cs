using LockGrains.Core;
using Orleans.Storage;

namespace LockGrains;

/// <summary>One key's records in Orleans grain storage. The provider's ETag check is the compare-and-set that everything rests on.</summary>
internal sealed class GrainLockStore(IGrainStorage storage, GrainId grainId) : ILockStore
{
    public async Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
    {
        var state = new GrainState<StoredBytes>(new StoredBytes());
        await storage.ReadStateAsync(name.ToString(), grainId, state);
        return new StoredRecord(state.RecordExists ? state.State.Data : default, state.ETag);
    }

    public async Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var state = new GrainState<StoredBytes>(new StoredBytes { Data = data.ToArray() }, etag!) { RecordExists = etag is not null };
        try
        {
            await storage.WriteStateAsync(name.ToString(), grainId, state);
            return StoreWrite.Written(state.ETag);
        }
        catch (InconsistentStateException)
        {
            return StoreWrite.Conflict;
        }
    }
}
