using BenchmarkDotNet.Attributes;
using LockGrains.Core;

namespace LockGrains.Benchmarks;

/// <summary>The stored lock record, which every grant encodes: of one size at any length of the queue.</summary>
public class RecordCodecBenchmarks
{
    private LockRecord _record = null!;
    private byte[] _bytes = [];

    [Params(0, 1, 1_000, 100_000)]
    public int Waiters { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _record = LockStates.RecordOf(LockStates.HeldWith(Waiters), (Waiters + QueueChunk.Size - 1) / QueueChunk.Size);
        _bytes = RecordCodec.Encode(_record);
    }

    [Benchmark]
    public byte[] Encode() => RecordCodec.Encode(_record);

    [Benchmark]
    public LockRecord Decode() => RecordCodec.DecodeLock(_bytes);
}
