namespace LockGrains.Chaos;

/// <summary>Redis says no. Half of the time to the locks' writes alone, half of the time to whatever it is asked.</summary>
internal abstract class ErrorReplyFault(RespProxyMode mode) : ProxyFault
{
    protected override RespProxyRule Draw(FaultContext context) =>
        (context.Random.Next(2) == 0 ? LockWrites(mode) : new RespProxyRule(mode)) with { Probability = context.Pick([0.1, 0.5, 1.0]) };
}

internal sealed class RedisReadOnlyFault() : ErrorReplyFault(RespProxyMode.ReadOnly)
{
    public override string Name => "redis-readonly";

    public override string Describe => "Redis replies READONLY, as a primary that was made a replica does.";
}

internal sealed class RedisLoadingFault() : ErrorReplyFault(RespProxyMode.Loading)
{
    public override string Name => "redis-loading";

    public override string Describe => "Redis replies LOADING, as a Redis that has just started does.";
}

internal sealed class RedisOutOfMemoryFault() : ErrorReplyFault(RespProxyMode.OutOfMemory)
{
    public override string Name => "redis-oom";

    public override string Describe => "Redis replies OOM, as a Redis without memory does.";
}

internal sealed class RedisNoScriptFault() : ErrorReplyFault(RespProxyMode.NoScript)
{
    public override string Name => "redis-noscript";

    public override string Describe => "Redis replies NOSCRIPT, as a Redis that has lost its scripts and keeps no new one does.";
}

internal sealed class RedisMovedFault() : ErrorReplyFault(RespProxyMode.Moved)
{
    public override string Name => "redis-moved";

    public override string Describe => "Redis replies MOVED, with an address at which no server runs.";
}

internal sealed class RedisDiskFullFault() : ErrorReplyFault(RespProxyMode.Misconfigured)
{
    public override string Name => "redis-disk-full";

    public override string Describe => "Redis replies MISCONF, as a Redis that cannot write its append-only file does.";
}
