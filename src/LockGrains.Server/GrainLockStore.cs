using System.Runtime.InteropServices;
using LockGrains.Core;
using Orleans.Storage;

namespace LockGrains;

/// <summary>One key's records in Orleans grain storage. The provider's ETag check is the compare-and-set that everything rests on.</summary>
internal class GrainLockStore(IGrainStorage storage, GrainId grainId) : ILockStore
{
    protected GrainId GrainId => grainId;

    public async Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
    {
        var state = new GrainState<StoredBytes>(new StoredBytes());
        await storage.ReadStateAsync(name.ToString(), grainId, state);
        return new StoredRecord(state.RecordExists ? state.State!.Data : default, state.ETag);
    }

    public virtual async Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var state = new GrainState<StoredBytes>(new StoredBytes { Data = BytesOf(data) }, etag!) { RecordExists = etag is not null };
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

    public async Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default)
    {
        var state = new GrainState<StoredBytes>(new StoredBytes(), etag) { RecordExists = true };
        try
        {
            await storage.ClearStateAsync(name.ToString(), grainId, state);
            return StoreWrite.Written(null);
        }
        catch (InconsistentStateException)
        {
            return StoreWrite.Conflict;
        }
    }

    /// <summary>The bytes as they are where they are an array of their own, which nobody changes: the usual case.</summary>
    private static byte[] BytesOf(ReadOnlyMemory<byte> data) =>
        MemoryMarshal.TryGetArray(data, out var array) && array.Array is { } whole && whole.Length == data.Length ? whole : data.ToArray();
}
