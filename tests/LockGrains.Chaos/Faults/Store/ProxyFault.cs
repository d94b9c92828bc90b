namespace LockGrains.Chaos;

/// <summary>
/// Trouble on the way to Redis: of the silo that serves a hot key alone, or of all silos, as chance will have it. It counts what it spoiled,
/// and one that met nothing is no fault but a mistake.
/// </summary>
internal abstract class ProxyFault : RedisFault
{
    private readonly List<(RespProxy Proxy, long Before)> _spoiled = [];
    private RespProxyRule _rule = RespProxyRule.Pass;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        _rule = Draw(context);
        var proxies = await PickAsync(context, cancellationToken);
        _spoiled.AddRange(proxies.Select(proxy => (proxy, proxy.Counts[_rule.Mode])));
        context.Began();
        proxies.ForEach(proxy => proxy.Rule = _rule);
        await FaultContext.LastAsync(DrawDuration(context), cancellationToken);
    }

    public override async Task HealAsync(FaultContext context, CancellationToken cancellationToken)
    {
        _spoiled.ForEach(entry => entry.Proxy.Rule = RespProxyRule.Pass);
        var spoiled = _spoiled.Sum(entry => entry.Proxy.Counts[_rule.Mode] - entry.Before);
        context.Measure("spoiled", spoiled);
        if (spoiled == 0)
            throw new ChaosException($"{Name} met no request");
        await AfterAsync(context, cancellationToken);
    }

    protected abstract RespProxyRule Draw(FaultContext context);

    protected virtual TimeSpan DrawDuration(FaultContext context) => context.Between(1.5, 3.5);

    /// <summary>What has to be waited for, or measured, once nothing is spoiled any more.</summary>
    protected virtual Task AfterAsync(FaultContext context, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A rule for the compare-and-set of the locks' records.</summary>
    protected static RespProxyRule LockWrites(RespProxyMode mode, double probability = 1) =>
        new(mode) { Commands = RespCommands.Scripts, KeyPart = RespProxyRule.LockRecords, Probability = probability };

    private static async Task<List<RespProxy>> PickAsync(FaultContext context, CancellationToken cancellationToken)
    {
        if (context.Random.Next(2) == 0)
        {
            context.Note("all silos");
            return [.. context.Cluster.RunningSilos.Select(silo => silo.Proxy)];
        }

        var owner = await context.PickOwnerAsync(cancellationToken);
        context.Note(owner.Name);
        return [owner.Proxy];
    }
}
