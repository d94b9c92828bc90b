using LockGrains.Core;
using LockGrains.Silo;
using LockGrains.TestKit;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>Whoever asks for health costs the storage one write a second at most.</summary>
public sealed class StorageProbeTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly Stores _stores = new();

    [Fact]
    public async Task Find_ManyAtOnceAndSoonAfter_IsOneWrite()
    {
        var probe = new StorageProbe(_stores, _time);

        var asked = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => probe.FindFailureAsync(CancellationToken.None)));
        _time.Advance(StorageProbe.KeptFor - TimeSpan.FromTicks(1));
        asked = [.. asked, await probe.FindFailureAsync(CancellationToken.None)];

        Assert.All(asked, failure => Assert.Null(failure));
        Assert.Equal(1, _stores.Writes);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(await probe.FindFailureAsync(CancellationToken.None));
        Assert.Equal(2, _stores.Writes);
    }

    [Fact]
    public async Task Find_WriteFails_IsTheFailureUntilALaterWrite()
    {
        var probe = new StorageProbe(_stores, _time);
        _stores.Write = static _ => throw new IOException("Host=db");

        Assert.IsType<IOException>(await probe.FindFailureAsync(CancellationToken.None));

        _stores.Write = static _ => Task.FromResult(StoreWrite.Conflict);
        _time.Advance(StorageProbe.KeptFor);
        Assert.Null(await probe.FindFailureAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Find_StorageDoesNotAnswer_IsAFailureInTime()
    {
        var probe = new StorageProbe(_stores, _time);
        _stores.Write = static _ => new TaskCompletionSource<StoreWrite>().Task;

        var asked = probe.FindFailureAsync(CancellationToken.None);
        await _time.WhenTimerDueInAsync(StorageProbe.WriteMax);
        _time.Advance(StorageProbe.WriteMax);

        Assert.IsType<TimeoutException>(await asked.WithinPatienceAsync("failure"));
    }

    private sealed class Stores : ILockStoreProvider, ILockStore
    {
        private int _writes;

        public Func<CancellationToken, Task<StoreWrite>> Write { get; set; } = static _ => Task.FromResult(StoreWrite.Written("1"));

        public int Writes => Volatile.Read(ref _writes);

        public string Name => "the test's";

        public bool IsDurable => false;

        public bool CanList => false;

        public ILockStore Open(LockSpace space, string key) => this;

        public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(null);

        public IAsyncEnumerable<string> ListAsync(LockSpace space, string prefix = "", CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default) => Task.FromResult(default(StoredRecord));

        public Task<StoreWrite> CompareAndSetAsync(RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _writes);
            return Write(cancellationToken);
        }

        public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
