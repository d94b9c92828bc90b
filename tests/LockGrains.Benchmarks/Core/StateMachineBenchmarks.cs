using BenchmarkDotNet.Attributes;
using LockGrains.Core;

namespace LockGrains.Benchmarks;

/// <summary>One decision, at any length of the queue: none may cost in proportion to it.</summary>
public class StateMachineBenchmarks
{
    private LockState _state = null!;
    private LockCommand _enqueue = null!;
    private LockCommand _release = null!;
    private LockCommand _cancel = null!;
    private LockCommand _renew = null!;

    [Params(1, 10, 100, 1_000, 10_000, 100_000)]
    public int Waiters { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _state = LockStates.HeldWith(Waiters);
        _enqueue = LockStates.Acquire(LockStates.Id(Waiters + 1));
        _release = new LockCommand.Release(LockStates.Id(0));
        _cancel = new LockCommand.Cancel(LockStates.Id((Waiters + 1) / 2));
        _renew = new LockCommand.Renew(LockStates.Id(0));
    }

    [Benchmark(Description = "tick: nothing is due")]
    public LockTransition Tick() => Apply(LockCommand.Tick.Instance);

    [Benchmark(Description = "enqueue")]
    public LockTransition Enqueue() => Apply(_enqueue);

    [Benchmark(Description = "hand-over: release and next grant")]
    public LockTransition HandOver() => Apply(_release);

    [Benchmark(Description = "cancel, middle of the queue")]
    public LockTransition Cancel() => Apply(_cancel);

    [Benchmark(Description = "renew")]
    public LockTransition Renew() => Apply(_renew);

    private LockTransition Apply(LockCommand command) => LockStateMachine.Apply(_state, command, LockStates.Now, LockStates.Policy);
}
