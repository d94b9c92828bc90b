using Orleans.Concurrency;

namespace LockGrains;

/// <summary>Asks Orleans' own grain, from inside the cluster.</summary>
[GrainType("lockgrains.silos")]
[StatelessWorker]
[Reentrant]
internal sealed class SiloListGrain : Grain, ISiloListGrain
{
    public async ValueTask<MembershipEntry[]> ListAsync() => await GrainFactory.GetGrain<IManagementGrain>(0).GetDetailedHosts();
}
