namespace LockGrains.Benchmarks;

/// <summary>On which silo a lock lives.</summary>
internal static class Placement
{
    /// <summary>Makes locks live on a silo: they are placed where they are first asked for.</summary>
    public static async Task PlaceAsync(ClusterPlan plan, SiloProcess silo, IEnumerable<string> keys)
    {
        await using var placer = await ExternalClient.ConnectAsync(plan, silo.GatewayPort);
        var management = placer.Grains.GetGrain<IManagementGrain>(0);
        foreach (var key in keys)
        {
            await using var handle = await placer.Locks.AcquireAsync(key);
            var address = await management.GetActivationAddress(placer.Grains.GetLock(key));
            if (address?.Endpoint.Port != silo.SiloPort)
                throw new InvalidOperationException($"The lock '{key}' lives on {address?.ToString() ?? "no silo"}, not on the one at port {silo.SiloPort}.");
        }
    }
}
