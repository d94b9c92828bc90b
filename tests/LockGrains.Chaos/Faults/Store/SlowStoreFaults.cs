namespace LockGrains.Chaos;

internal sealed class SlowStoreFault : ProxyFault
{
    public override string Name => "slow-store";

    public override string Describe => "Each reply of Redis arrives 100 to 500 ms late.";

    protected override RespProxyRule Draw(FaultContext context) => new(RespProxyMode.Delay) { Delay = context.Between(0.1, 0.5) };

    protected override TimeSpan DrawDuration(FaultContext context) => context.Between(2, 5);
}

internal sealed class VerySlowStoreFault : ProxyFault
{
    public override string Name => "slow-store-2s";

    public override string Describe => "Each reply of Redis arrives 2 s late. A silo does not wait so long, so no write has a known outcome.";

    public override double Share => 0.5;

    protected override RespProxyRule Draw(FaultContext context) => new(RespProxyMode.Delay) { Delay = TimeSpan.FromSeconds(2) };

    protected override TimeSpan DrawDuration(FaultContext context) => context.Between(3, 6);
}

internal sealed class RedisThrottledFault : ProxyFault
{
    public override string Name => "redis-throttled";

    public override string Describe => "Each connection to Redis carries 4 to 32 kB/s.";

    protected override RespProxyRule Draw(FaultContext context) => new(RespProxyMode.Throttle) { BytesPerSecond = context.Random.Next(4_000, 32_000) };
}
