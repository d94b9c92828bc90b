namespace LockGrains.Chaos;

internal sealed class AmbiguousWriteFault : ProxyFault
{
    public override string Name => "ambiguous-write";

    public override string Describe => "Redis carries out some writes of locks, and their reply is lost with the connection.";

    protected override RespProxyRule Draw(FaultContext context) => LockWrites(RespProxyMode.DropReply, context.Pick([0.05, 0.1, 0.3]));
}

internal sealed class LateWriteFault : ProxyFault
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private TimeSpan _delay;
    private (long Applied, long Refused) _before;

    public override string Name => "late-write";

    public override string Describe => "The connection of some writes of locks is closed. These writes reach Redis up to 4 s later.";

    protected override RespProxyRule Draw(FaultContext context)
    {
        _delay = context.Between(0.05, 4);
        _before = Count(context);
        return LockWrites(RespProxyMode.LateWrite, context.Pick([0.05, 0.1, 0.3])) with { Delay = _delay };
    }

    protected override async Task AfterAsync(FaultContext context, CancellationToken cancellationToken)
    {
        // The last of them lands this long after the last request was taken: what they do to the queue belongs to this fault.
        await FaultContext.LastAsync(_delay + Margin, cancellationToken);
        var (applied, refused) = Count(context);
        context.Measure("applied", applied - _before.Applied);
        context.Measure("refused", refused - _before.Refused);
    }

    private static (long Applied, long Refused) Count(FaultContext context) => (
        context.Cluster.Silos.Sum(silo => silo.Proxy.Counts.LateApplied), context.Cluster.Silos.Sum(silo => silo.Proxy.Counts.LateRefused));
}

internal sealed class StalledWriteFault : ProxyFault
{
    public override string Name => "stalled-write";

    public override string Describe => "Some writes of locks, and all that follow on their connection, reach Redis up to 3 s late. The connection stays open.";

    protected override RespProxyRule Draw(FaultContext context) =>
        LockWrites(RespProxyMode.Hold, probability: 0.05) with { Delay = context.Between(0.3, 3) };
}
