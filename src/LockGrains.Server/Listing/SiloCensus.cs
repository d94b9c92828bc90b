using System.Collections.Immutable;
using Orleans.Runtime.Services;

namespace LockGrains;

/// <summary>Finds the silos that may serve locks, and asks them for theirs.</summary>
internal sealed class SiloCensus(IServiceProvider services, IClusterMembershipService membership, IClusterManifestProvider manifests)
    : GrainServiceClient<ILockCensusService>(services)
{
    private static readonly GrainType Lock = GrainType.Create(LockGrain.TypeName);

    /// <summary>
    /// The silos, by name and address. One that is stopping serves locks until it tells that it is dead. One that is known to have no locks, because its
    /// program does not add them, is not asked.
    /// </summary>
    public IEnumerable<(string Name, SiloAddress Address)> FindSilos()
    {
        var known = manifests.Current.Silos;
        return membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping)
            .Where(member => !known.TryGetValue(member.SiloAddress, out var manifest) || manifest.Grains.ContainsKey(Lock))
            .Select(static member => ($"{member.Name} ({member.SiloAddress.Endpoint})", member.SiloAddress));
    }

    /// <summary>Asks one silo.</summary>
    /// <returns>Its locks; null when it did not reply until then.</returns>
    public async Task<ImmutableArray<LockSummary>?> AskAsync(SiloAddress silo, LockListRequest request, CancellationToken until)
    {
        var call = GetGrainService(silo).ListAsync(request).AsTask();
        try
        {
            return await call.WaitAsync(until);
        }
        catch (Exception)
        {
            // It is away, hangs, or is of a version that has no list. The page names it.
            return null;
        }
        finally
        {
            call.Ignore();
        }
    }
}
