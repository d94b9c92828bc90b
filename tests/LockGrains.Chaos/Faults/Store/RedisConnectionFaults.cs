namespace LockGrains.Chaos;

internal sealed class RedisResetFault : ProxyFault
{
    public override string Name => "redis-reset";

    public override string Describe => "Connections to Redis are reset in the middle of commands.";

    protected override RespProxyRule Draw(FaultContext context) => new(RespProxyMode.Reset) { Probability = context.Pick([0.03, 0.1, 0.5]) };
}

internal sealed class RedisRefusedFault : ProxyFault
{
    public override string Name => "redis-refused";

    public override string Describe => "Connections to Redis are reset, and new connections are refused.";

    protected override RespProxyRule Draw(FaultContext context) => new(RespProxyMode.Refuse);
}

internal sealed class RedisHalfClosedFault : ProxyFault
{
    public override string Name => "redis-half-closed";

    public override string Describe => "Connections to Redis end in one direction only, from Redis to the silo.";

    protected override RespProxyRule Draw(FaultContext context) => new(RespProxyMode.HalfClose) { Probability = context.Pick([0.05, 0.2]) };
}

internal sealed class RedisBlackholeFault : ProxyFault
{
    public override string Name => "redis-blackhole";

    public override string Describe => "Connections to Redis carry nothing for 1 to 7 s. After that they carry all that was sent meanwhile.";

    protected override RespProxyRule Draw(FaultContext context) => new(RespProxyMode.Blackhole);

    protected override TimeSpan DrawDuration(FaultContext context) => context.Between(1, 7);
}

internal sealed class RedisRepliesLostFault : ProxyFault
{
    public override string Name => "redis-replies-lost";

    public override string Describe => "Commands reach Redis, and no reply arrives for 1 to 7 s.";

    protected override RespProxyRule Draw(FaultContext context) => new(RespProxyMode.BlackholeReplies);

    protected override TimeSpan DrawDuration(FaultContext context) => context.Between(1, 7);
}

internal sealed class RedisDesyncFault : ProxyFault
{
    public override string Name => "redis-desync";

    public override string Describe => "Replies of Redis are lost or repeated within a connection, so that each later reply goes to the wrong command.";

    protected override RespProxyRule Draw(FaultContext context) =>
        new(context.Pick([RespProxyMode.SwallowReply, RespProxyMode.DuplicateReply])) { Probability = context.Pick([0.02, 0.05]) };
}
