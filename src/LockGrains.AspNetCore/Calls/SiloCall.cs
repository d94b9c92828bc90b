using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;

namespace LockGrains.AspNetCore.Calls;

/// <summary>The silos of the cluster, as Orleans' own membership has them.</summary>
internal static class SiloCall
{
    public static async Task<Reply> GetSilosAsync(ApiCall call)
    {
        call.AuthorizeAnywhere(AccessVerb.Read);
        QueryReader.ReadNothing(call.Context.Request);
        var hosts = await call.QueryAsync(() => new ValueTask<MembershipEntry[]>(call.Services.Grains.GetGrain<IManagementGrain>(0).GetDetailedHosts()));
        return Reply.Of(new SilosJson(Find(hosts)), static text => text.SilosJson);
    }

    // The table keeps the dead, of which a cluster has many after a year of deployments.
    public static IEnumerable<SiloJson> Find(IEnumerable<MembershipEntry> hosts) => hosts
        .Select(static host => (Host: host, Status: NameOf(host.Status)))
        .Where(static one => one.Status is not null)
        .Select(static one => new SiloJson(one.Host.SiloName ?? "", one.Host.SiloAddress.Endpoint.ToString(), one.Status!))
        .OrderBy(static silo => silo.Address, StringComparer.Ordinal);

    private static string? NameOf(SiloStatus status) => status switch
    {
        SiloStatus.Created or SiloStatus.Joining => "joining",
        SiloStatus.Active => "active",
        SiloStatus.ShuttingDown or SiloStatus.Stopping => "stopping",
        _ => null,
    };
}
