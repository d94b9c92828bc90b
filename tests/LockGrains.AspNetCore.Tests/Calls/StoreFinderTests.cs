using LockGrains.AspNetCore.Tests.Harness;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Tests.Calls;

/// <summary>Who the store is may be in a reply, and never holds one up for long.</summary>
public sealed class StoreFinderTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Find_StorageDoesNotAnswer_IsWaitedForOnce()
    {
        var finder = new StoreFinder(new SlowStores(), _time);
        var first = finder.FindAsync(CancellationToken.None).AsTask();
        await _time.WhenTimerDueInAsync(StoreFinder.WaitMax);
        _time.Advance(StoreFinder.WaitMax);
        Assert.Null(await first.WithinPatienceAsync("end of the first"));

        var second = finder.FindAsync(CancellationToken.None).AsTask();

        Assert.True(second.IsCompleted);
        Assert.Null(await second);
    }

    [Fact]
    public async Task Find_StorageAnswersAgain_IsFoundByALaterLook()
    {
        var stores = new SlowStores();
        var finder = new StoreFinder(stores, _time);
        var first = finder.FindAsync(CancellationToken.None).AsTask();
        await _time.WhenTimerDueInAsync(StoreFinder.LookMax);
        await _time.WhenTimerDueInAsync(StoreFinder.WaitMax);
        _time.Advance(StoreFinder.LookMax);
        Assert.Null(await first.WithinPatienceAsync("end of the first"));
        stores.Answers = true;

        var found = await Eventually.BecomesAsync(() => finder.FindAsync(CancellationToken.None).AsTask(), id => id is not null, "identity");

        Assert.Matches("^[0-9a-f]{32}$", found);
        Assert.Equal(2, stores.Loads);
    }

    [Fact]
    public async Task Find_StorageDoesNotAnswer_IsAskedOnceAtATime()
    {
        var stores = new SlowStores();
        var finder = new StoreFinder(stores, _time);
        var calls = Enumerable.Range(0, 20).Select(_ => finder.FindAsync(CancellationToken.None).AsTask()).ToList();
        await _time.WhenTimersDueInAsync(StoreFinder.WaitMax, calls.Count);
        await _time.WhenTimerDueInAsync(StoreFinder.LookMax);
        _time.Advance(StoreFinder.WaitMax);

        Assert.All(await Task.WhenAll(calls).WithinPatienceAsync("end of all"), found => Assert.Null(found));
        await Eventually.BecomesAsync(() => Task.FromResult(stores.Loads), loads => loads > 0, "load");
        Assert.Equal(1, stores.Loads);
    }

    [Fact]
    public async Task Host_StorageDoesNotAnswer_LooksOnceAndStarts()
    {
        var stores = new SlowStores();

        await using var host = await ApiHost.StartAsync(LostLocks.Throwing(), stores).WithinPatienceAsync("start");

        // Nobody has asked.
        await Eventually.BecomesAsync(() => Task.FromResult(stores.Loads), loads => loads == 1, "load");
    }

    /// <summary>Storage whose first read never ends, whatever becomes of its token.</summary>
    private sealed class SlowStores : ILockStoreProvider, ILockStore
    {
        private readonly MemoryRecords _records = new();
        private int _loads;

        public bool Answers { get; set; }

        public int Loads => Volatile.Read(ref _loads);

        public string Name => "slow";

        public bool IsDurable => false;

        public bool CanList => false;

        public ILockStore Open(LockSpace space, string key) => this;

        public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(null);

        public IAsyncEnumerable<string> ListAsync(LockSpace space, string prefix = "", CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _loads);
            return Answers ? Task.FromResult(_records.Load(name)) : new TaskCompletionSource<StoredRecord>().Task;
        }

        public Task<StoreWrite> CompareAndSetAsync(RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
            Task.FromResult(_records.CompareAndSet(name, etag, data));

        public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
