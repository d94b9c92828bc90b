using LockGrains.TestKit;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A storage operation ends in time, whatever the storage does.</summary>
public sealed class TimedLockStoreTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly StuckStore _store = new();

    [Fact]
    public async Task Operation_ThatIsDoneAtOnce_ArmsNoTimer()
    {
        _store.Answer.SetResult(StoreWrite.Written("1"));

        var write = await Timed().CompareAndSetAsync(RecordName.Lock, null, default);

        Assert.Equal("1", write.ETag);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task Operation_ThatIsNotAnswered_EndsAtTheTimeout_AndSaysThatNobodyKnows()
    {
        var writing = Timed().CompareAndSetAsync(RecordName.Lock, null, default);
        _time.Advance(Sec(5) - Instant);
        Assert.False(writing.IsCompleted);
        _time.Advance(Instant);

        var exception = await Assert.ThrowsAsync<TimeoutException>(() => writing);
        Assert.Equal("The storage did not answer within 5s; nobody knows whether it was applied.", exception.Message);
    }

    [Fact]
    public async Task Operation_ThatEndsWhileTheSchedulerIsBusy_EndsAsItDid()
    {
        var scheduler = new DeterministicScheduler();
        var writing = scheduler.Run(() => Timed().CompareAndSetAsync(RecordName.Lock, null, default));
        _time.Advance(Sec(5));
        _store.Answer.SetResult(StoreWrite.Written("7"));
        scheduler.Run();

        Assert.Equal("7", (await writing).ETag);
    }

    [Fact]
    public async Task Operation_ThatFailsByATimeoutOfItsOwn_KeepsItsWords()
    {
        var deleting = Timed().CompareAndDeleteAsync(RecordName.Lock, "1");
        _store.Answer.SetException(new TimeoutException("the server's own"));

        Assert.Equal("the server's own", (await Assert.ThrowsAsync<TimeoutException>(() => deleting)).Message);
    }

    private TimedLockStore Timed() => new(_store, Sec(5), _time);

    private sealed class StuckStore : ILockStore
    {
        public TaskCompletionSource<StoreWrite> Answer { get; } = new();

        public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<StoreWrite> CompareAndSetAsync(
            RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => Answer.Task;

        public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default) => Answer.Task;
    }
}
