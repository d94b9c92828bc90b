using BenchmarkDotNet.Attributes;
using LockGrains.Core;

namespace LockGrains.Benchmarks;

/// <summary>
/// One decision about a lock that so many share, and its record. Each looks at all of them, so it costs in proportion to them: that is what
/// <see cref="LockPolicy.HoldersMax"/> bounds.
/// </summary>
public class HoldersBenchmarks
{
    private LockState _readers = null!;
    private LockState _permits = null!;
    private LockState _writer = null!;
    private LockCommand _read = null!;
    private LockCommand _take = null!;
    private LockCommand _release = null!;
    private LockCommand _renew = null!;
    private LockRecord _record = null!;
    private byte[] _bytes = [];

    [Params(1, 16, 256, 1_000)]
    public int Holders { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _readers = LockStates.SharedBy(Holders);
        _permits = LockStates.SharedBy(Holders, limit: Holders + 1);
        _writer = LockStates.HeldWith(waiters: 0);
        for (var index = 1; index <= Holders; index++)
            _writer = LockStateMachine.Apply(_writer, LockStates.AcquireShared(LockStates.Id(index)), LockStates.Now, LockStates.Policy).State;
        _read = LockStates.AcquireShared(LockStates.Id(Holders));
        _take = LockStates.AcquireShared(LockStates.Id(Holders), limit: Holders + 1);
        _release = new LockCommand.Release(LockStates.Id(0));
        _renew = new LockCommand.Renew(LockStates.Id(0));
        _record = LockStates.RecordOf(_permits);
        _bytes = RecordCodec.Encode(_record);
    }

    [Benchmark(Description = "one more reader")]
    public LockTransition Read() => Apply(_readers, _read);

    [Benchmark(Description = "one more permit, with a number")]
    public LockTransition Take() => Apply(_permits, _take);

    [Benchmark(Description = "a reader releases")]
    public LockTransition Release() => Apply(_readers, _release);

    [Benchmark(Description = "a reader renews")]
    public LockTransition Renew() => Apply(_readers, _renew);

    [Benchmark(Description = "a writer releases: all come in")]
    public LockTransition LetIn() => Apply(_writer, _release);

    [Benchmark(Description = "encode, with permit numbers")]
    public byte[] Encode() => RecordCodec.Encode(_record);

    [Benchmark(Description = "decode, with permit numbers")]
    public LockRecord Decode() => RecordCodec.DecodeLock(_bytes);

    private static LockTransition Apply(LockState state, LockCommand command) => LockStateMachine.Apply(state, command, LockStates.Now, LockStates.Policy);
}
