namespace LockGrains.Chaos;

internal sealed class AmbiguousWriteFault : ProxyFault
{
    public override string Name => "ambiguous-write";

    public override string Describe => "Some writes of locks are carried out by Redis and their reply is lost with the connection.";

    protected override RespProxyRule Draw(FaultContext context) => LockWrites(RespProxyMode.DropReply, context.Pick([0.01, 0.05, 0.2]));
}

internal sealed class LateWriteFault : ProxyFault
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private TimeSpan _delay;

    public override string Name => "late-write";

    public override string Describe => "Some writes of locks are kept while their connection is closed, and reach Redis up to 4 s later.";

    protected override RespProxyRule Draw(FaultContext context)
    {
        _delay = context.Between(0.05, 4);
        return LockWrites(RespProxyMode.LateWrite, context.Pick([0.01, 0.05, 0.2])) with { Delay = _delay };
    }

    protected override async Task AfterAsync(FaultContext context, IReadOnlyList<RespProxy> proxies, CancellationToken cancellationToken)
    {
        // The last of them lands this long after the last request was taken: what they do to the queue belongs to this fault.
        await FaultContext.LastAsync(_delay + Margin, cancellationToken);
        context.Measure("applied", proxies.Sum(proxy => proxy.Counts.LateApplied));
        context.Measure("refused", proxies.Sum(proxy => proxy.Counts.LateRefused));
    }
}

internal sealed class StalledWriteFault : ProxyFault
{
    public override string Name => "stalled-write";

    public override string Describe => "Some writes of locks, and all behind them, wait up to 3 s before they reach Redis, on connections that stay open.";

    protected override RespProxyRule Draw(FaultContext context) =>
        LockWrites(RespProxyMode.Hold, probability: 0.02) with { Delay = context.Between(0.3, 3) };
}
