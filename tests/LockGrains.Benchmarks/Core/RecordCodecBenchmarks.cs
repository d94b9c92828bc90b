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
        var state = LockStates.HeldWith(Waiters);
        var chunks = (Waiters + QueueChunk.Size - 1) / QueueChunk.Size;
        _record = new LockRecord
        {
            Epoch = state.Epoch,
            LastToken = state.LastToken,
            LastTokenAt = state.LastTokenAt,
            Holders = state.Holders,
            Ended = [.. Enumerable.Range(0, EndedLeases.Stored).Select(index => new EndedLease(LockStates.Id(index), EndReason.Released))],
            NextTicket = state.Queue.NextTicket,
            FirstTicket = state.Queue.FirstTicket,
            CommittedTail = state.Queue.NextTicket,
            Chunks = [.. Enumerable.Range(0, chunks).Select(number => new ChunkPlace(number, number))],
            EndedTickets = [],
        };
        _bytes = RecordCodec.Encode(_record);
    }

    [Benchmark]
    public byte[] Encode() => RecordCodec.Encode(_record);

    [Benchmark]
    public LockRecord Decode() => RecordCodec.DecodeLock(_bytes);
}
