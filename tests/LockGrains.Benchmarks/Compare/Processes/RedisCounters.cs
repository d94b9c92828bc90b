namespace LockGrains.Benchmarks;

/// <summary>What a Redis has done so far.</summary>
/// <param name="Writes">Scripts run and keys set: each write of a record of ours is a script; a pair of raw Redis is one of each.</param>
/// <param name="BytesReceived">Bytes that clients sent it.</param>
/// <param name="AppendedBytes">The size of its append-only file; as a difference NaN where the file was rewritten, and so shrank, in the meantime.</param>
/// <param name="Rewritings">How often it has begun or ended to rewrite that file.</param>
/// <param name="Memory">Its memory in use.</param>
/// <param name="ProcessorTime">Its processor time.</param>
internal sealed record RedisCounters(long Writes, long BytesReceived, double AppendedBytes, long Rewritings, long Memory, TimeSpan ProcessorTime)
{
    public RedisCounters Since(RedisCounters start) => new(
        Writes - start.Writes,
        BytesReceived - start.BytesReceived,
        Rewritings == start.Rewritings ? AppendedBytes - start.AppendedBytes : double.NaN,
        Rewritings - start.Rewritings,
        Memory - start.Memory,
        ProcessorTime - start.ProcessorTime);
}
