using BenchmarkDotNet.Attributes;

namespace LockGrains.Benchmarks;

/// <summary>
/// What the client itself takes for a lock, on the system's clock and over a lock that answers at once, beside so many locks that are
/// held already.
/// </summary>
public class ClientBenchmarks : IAsyncDisposable
{
    private readonly InstantLockGrain _grain = new();
    private readonly TaskFactory _grainLike = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private LockClient _client = null!;
    private LockHandle[] _held = [];

    [Params(0, 1_000, 100_000)]
    public int Held { get; set; }

    /// <summary>What a held lock costs in memory, to be read where the benchmarks begin.</summary>
    [GlobalSetup]
    public async Task SetUp()
    {
        _client = LockClient.Create(new OrleansTransport(_ => _grain), new LockClientOptions { Lease = TimeSpan.FromHours(24) });
        await Pair();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        _held = new LockHandle[Held];
        for (var index = 0; index < Held; index++)
            _held[index] = await _client.AcquireAsync("held");
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        if (Held > 0)
            Console.WriteLine($"{Held} held locks: {(double)bytes / Held:0} bytes each");
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Description = "pair: acquire and release")]
    public async Task Pair()
    {
        var handle = await _client.AcquireAsync("k");
        await handle.DisposeAsync();
    }

    [Benchmark(Description = "the same, on a scheduler of its own, as a grain has one")]
    public Task PairInGrain() => _grainLike.StartNew(Pair).Unwrap();
}
