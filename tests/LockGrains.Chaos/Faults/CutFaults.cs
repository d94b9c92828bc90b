namespace LockGrains.Chaos;

/// <summary>A fault that needs a network for each process.</summary>
internal abstract class CutFault : Fault
{
    public override string? FindObstacle(ChaosCluster cluster) => cluster.Net.Obstacle;

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken) => context.Cluster.Net.HealAllAsync();
}

/// <summary>A fault in the network of the silo that serves a hot key.</summary>
internal abstract class CutOwnerFault : CutFault
{
    protected virtual (double From, double To) Seconds => (2, 5);

    protected abstract Cut Make(FaultContext context, SiloNode owner);

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var owner = await context.PickOwnerAsync(cancellationToken);
        context.Began();
        await context.Cluster.Net.CutAsync(owner.Place, Make(context, owner), cancellationToken);
        await FaultContext.LastAsync(context.Between(Seconds.From, Seconds.To), cancellationToken);
    }

    protected static IReadOnlyList<System.Net.IPAddress> OtherSilos(FaultContext context, SiloNode owner) =>
        [.. context.Cluster.Silos.Where(silo => silo != owner).Select(silo => silo.Place.Address)];
}

internal sealed class CutOwnerFromSilosFault : CutOwnerFault
{
    public override string Name => "cut-owner-from-silos";

    public override string Describe => "The network between the silo that serves a hot key and the other silos is cut for 2 to 5 s.";

    protected override Cut Make(FaultContext context, SiloNode owner) => new(OtherSilos(context, owner));
}

internal sealed class CutOwnerFromSilosLongFault : CutOwnerFault
{
    public override string Name => "cut-owner-from-silos-long";

    public override string Describe => "As cut-owner-from-silos, for 9 to 14 s. The silo is declared dead, and serves its clients until it learns that.";

    public override double Share => 0.5;

    protected override (double From, double To) Seconds => (9, 14);

    protected override Cut Make(FaultContext context, SiloNode owner) => new(OtherSilos(context, owner));
}

internal sealed class DeafOwnerFault : CutOwnerFault
{
    public override string Name => "deaf-owner";

    public override string Describe => "For 2 to 5 s the silo that serves a hot key sends, but receives nothing from anybody.";

    protected override Cut Make(FaultContext context, SiloNode owner) => new(null, Sends: false);
}

internal sealed class MuteOwnerFault : CutOwnerFault
{
    public override string Name => "mute-owner";

    public override string Describe => "For 2 to 5 s the silo that serves a hot key receives, but nothing that it sends arrives.";

    protected override Cut Make(FaultContext context, SiloNode owner) => new(null, Receives: false);
}

internal sealed class IsolateOwnerFault : CutOwnerFault
{
    public override string Name => "isolate-owner";

    public override string Describe => "The silo that serves a hot key is cut from silos, storage and clients for 2 to 5 s.";

    protected override Cut Make(FaultContext context, SiloNode owner) => new(null);
}

internal sealed class IsolateOwnerLongFault : CutOwnerFault
{
    public override string Name => "isolate-owner-long";

    public override string Describe => "As isolate-owner, for 9 to 14 s. The silo is declared dead, and then the network heals.";

    public override double Share => 0.5;

    protected override (double From, double To) Seconds => (9, 14);

    protected override Cut Make(FaultContext context, SiloNode owner) => new(null);
}

internal sealed class CutOwnerFromRepliesOfStoreFault : CutOwnerFault
{
    public override string Name => "store-replies-cut";

    public override string Describe => "For 2 to 4 s the storage gets what the silo that serves a hot key sends, but the silo gets no reply.";

    protected override (double From, double To) Seconds => (2, 4);

    protected override Cut Make(FaultContext context, SiloNode owner) =>
        new([owner.StoreEndPoint.Address], Sends: false, Port: owner.StoreEndPoint.Port);
}

internal sealed class CutClientsFromOwnerFault : CutOwnerFault
{
    public override string Name => "cut-clients-from-owner";

    public override string Describe => "The network between the silo that serves a hot key and all client processes is cut for 2 to 5 s. Silos and storage stay connected.";

    protected override Cut Make(FaultContext context, SiloNode owner) => new([.. context.Cluster.Workers.Select(worker => worker.Place.Address)]);
}

internal sealed class FlappingFault : CutFault
{
    public override string Name => "flapping-owner";

    public override string Describe => "The silo that serves a hot key is cut from everybody and healed, four times, half a second each.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var owner = await context.PickOwnerAsync(cancellationToken);
        context.Began();
        for (var flap = 0; flap < 4; flap++)
        {
            await context.Cluster.Net.CutAsync(owner.Place, new Cut(null), cancellationToken);
            await FaultContext.LastAsync(TimeSpan.FromMilliseconds(500), cancellationToken);
            await context.Cluster.Net.HealAsync(owner.Place);
            await FaultContext.LastAsync(TimeSpan.FromMilliseconds(500), cancellationToken);
        }
    }
}

internal sealed class RingFault : CutFault
{
    public override string Name => "ring";

    public override string Describe => "For 2 to 6 s each silo reaches only its two neighbours in a ring of all silos. Each silo sees another majority.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var silos = context.Cluster.Silos;
        var first = context.Random.Next(silos.Count);
        for (var index = 0; index < silos.Count; index++)
        {
            var opposite = silos[(first + index + (silos.Count / 2)) % silos.Count];
            var silo = silos[(first + index) % silos.Count];
            if (opposite != silo)
                await context.Cluster.Net.CutAsync(silo.Place, new Cut([opposite.Place.Address]), cancellationToken);
        }

        await FaultContext.LastAsync(context.Between(2, 6), cancellationToken);
    }
}

internal sealed class ReconnectStormFault : CutFault
{
    public override string Name => "reconnect-storm";

    public override string Describe => "All client processes are cut from all silos for 2 to 4 s, and reconnect at the same moment.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var silos = context.Cluster.Silos.Select(silo => silo.Place.Address).ToList();
        foreach (var worker in context.Cluster.Workers)
            await context.Cluster.Net.CutAsync(worker.Place, new Cut(silos), cancellationToken);
        await FaultContext.LastAsync(context.Between(2, 4), cancellationToken);
    }
}

internal sealed class CutOneClientFault : CutFault
{
    public override string Name => "cut-holder-client";

    public override string Describe => "The process that holds a hot key is cut from all silos for 5 to 7 s, longer than its leases. It reaches the resource all the while.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var (worker, key) = await context.PickHolderAsync(cancellationToken);
        context.Affect([key]);
        context.Began();
        await context.Cluster.Net.CutAsync(worker.Place, new Cut([.. context.Cluster.Silos.Select(silo => silo.Place.Address)]), cancellationToken);
        await FaultContext.LastAsync(context.Between(5, 7), cancellationToken);
    }
}

internal sealed class CutStoreFromAllFault : CutFault
{
    public override string Name => "cut-store-from-all";

    public override string Describe => "Nobody reaches the storage for 2 to 5 s.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        await context.Cluster.Net.CutAsync(context.Cluster.Store.Place, new Cut(null), cancellationToken);
        await FaultContext.LastAsync(context.Between(2, 5), cancellationToken);
    }
}
