using Orleans.Concurrency;

namespace LockGrains;

/// <summary>Tells who the store is, from the silo that the request came to.</summary>
[GrainType("lockgrains.store")]
[StatelessWorker]
[Reentrant]
internal sealed class StoreGrain(LockStorage storage) : Grain, IStoreGrain
{
    public async ValueTask<Guid> GetIdentityAsync(CancellationToken cancellationToken = default) => await storage.Identity.WaitAsync(cancellationToken);
}
