using LockGrains.Core;
using Orleans.Storage;

namespace LockGrains;

/// <summary>
/// One key's records in Redis. Writes go with those of other keys; all else is the grain storage's. The records are the same, byte for byte, so
/// silos with and without this can share them.
/// </summary>
internal sealed class RedisLockStore(IGrainStorage storage, GrainId grainId, RedisWrites writes) : GrainLockStore(storage, grainId)
{
    public override Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var write = writes.CompareAndSetAsync(GrainId, name, etag, data);
        return cancellationToken.CanBeCanceled ? write.WaitAsync(cancellationToken) : write;
    }
}
