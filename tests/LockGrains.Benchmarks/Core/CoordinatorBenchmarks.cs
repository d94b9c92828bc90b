using BenchmarkDotNet.Attributes;
using LockGrains.Core;

namespace LockGrains.Benchmarks;

/// <summary>The coordinator over a store that answers at once, in a time that stands still: what a pair and a hand-over cost beside storage.</summary>
public class CoordinatorBenchmarks
{
    private LockCoordinator _free = null!;
    private LockCoordinator _busy = null!;
    private int _nextFree;
    private int _holder;
    private int _nextWaiter;

    [Params(1, 1_000, 100_000)]
    public int Waiters { get; set; }

    [GlobalSetup]
    public async Task SetUp()
    {
        _free = new LockCoordinator(new InstantStore(), StillTimeProvider.Instance, LockStates.Policy);
        _busy = new LockCoordinator(new InstantStore(), StillTimeProvider.Instance, LockStates.Policy);
        (_nextFree, _holder, _nextWaiter) = (0, 0, 1);
        await _busy.ExecuteAsync(LockStates.Acquire(LockStates.Id(0)));
        while (_nextWaiter <= Waiters)
            Enqueue();
    }

    [Benchmark(Description = "pair: acquire and release a free lock")]
    public async Task<LockAnswer> Pair()
    {
        var leaseId = LockStates.Id(_nextFree++);
        await _free.ExecuteAsync(LockStates.Acquire(leaseId));
        return await _free.ExecuteAsync(new LockCommand.Release(leaseId));
    }

    [Benchmark(Description = "hand-over, and a new waiter")]
    public Task<LockAnswer> HandOver()
    {
        Enqueue();
        return _busy.ExecuteAsync(new LockCommand.Release(LockStates.Id(_holder++)));
    }

    private void Enqueue() => _ = _busy.ExecuteAsync(LockStates.Acquire(LockStates.Id(_nextWaiter++)));
}
