namespace LockGrains.Benchmarks;

/// <summary>What a Redis has done so far.</summary>
/// <param name="Writes">Scripts run and keys set: each write of a record of ours is a script; a pair of raw Redis is one of each.</param>
/// <param name="BytesReceived">Bytes that clients sent it.</param>
/// <param name="AppendedBytes">The size of its append-only file.</param>
/// <param name="Memory">Its memory in use.</param>
/// <param name="ProcessorTime">Its processor time.</param>
internal sealed record RedisCounters(long Writes, long BytesReceived, long AppendedBytes, long Memory, TimeSpan ProcessorTime)
{
    public RedisCounters Since(RedisCounters start) => new(
        Writes - start.Writes,
        BytesReceived - start.BytesReceived,
        AppendedBytes - start.AppendedBytes,
        Memory - start.Memory,
        ProcessorTime - start.ProcessorTime);
}
