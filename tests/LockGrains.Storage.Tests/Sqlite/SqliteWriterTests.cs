using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace LockGrains.Storage.Tests;

/// <summary>The one thread that writes: what shares a transaction, what a failure takes along, and how the file stays small.</summary>
public sealed class SqliteWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("locks.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Batch_OneConflict_LeavesTheOthers()
    {
        using var stores = SqliteUnderTest.Open(Path);
        var all = await InOneBatchAsync(stores, number =>
            Store(stores, number).CompareAndSetAsync(RecordName.Lock, number % 10 == 3 ? new string('0', 32) : null, new byte[100]));

        for (var number = 0; number < all.Length; number++)
        {
            Assert.Equal(number % 10 == 3, all[number].IsConflict);
            Assert.Equal(all[number].ETag, (await Store(stores, number).LoadAsync(RecordName.Lock)).ETag);
        }
    }

    [Fact]
    public async Task Batch_FailsInTheMiddle_AllOfItIsUnknownAndNoneIsThere()
    {
        using var stores = SqliteUnderTest.Open(Path);
        var writer = stores.Open();
        var tasks = await InOneBatchAsync(stores, async number =>
        {
            var write = number == 50
                ? writer.ExecuteAsync<StoreWrite>(_ => throw new InvalidOperationException("in the middle"), pages: 1, CancellationToken.None)
                : Store(stores, number).CompareAndSetAsync(RecordName.Lock, null, new byte[100]);
            return await Record.ExceptionAsync(() => write);
        });

        Assert.All(tasks, exception => Assert.IsType<InvalidOperationException>(exception));
        for (var number = 0; number < tasks.Length; number++)
            Assert.Null((await Store(stores, number).LoadAsync(RecordName.Lock)).ETag);
        Assert.False((await Store(stores, 0).CompareAndSetAsync(RecordName.Lock, null, new byte[100])).IsConflict);
    }

    [Fact]
    public async Task Batch_SameRecordTwice_IsDoneInOrder()
    {
        using var stores = SqliteUnderTest.Open(Path);
        var all = await InOneBatchAsync(stores, _ => Store(stores, 0).CompareAndSetAsync(RecordName.Lock, null, new byte[100]));

        Assert.Single(all, write => !write.IsConflict);
        Assert.False(all[0].IsConflict);
    }

    [Fact]
    public async Task DamageWhileRunning_EndsTheHostOnce_AndTellsNobodyAnythingMore()
    {
        var lifetime = new StoppedOnce();
        using var stores = new SqliteLockStores(new SqliteStorageOptions { Path = Path }, NullLogger.Instance, lifetime);
        await Task.WhenAll(Enumerable.Range(0, 3000).Select(number =>
            Store(stores, number).CompareAndSetAsync(RecordName.Lock, null, new byte[3000])));
        var exitCode = Environment.ExitCode;
        try
        {
            // More than SQLite keeps in memory; so most of it is read again.
            using (var file = File.OpenWrite(Path))
            {
                file.Position = 4096 * 10;
                file.Write(new byte[(int)(file.Length - file.Position)]);
            }

            var errors = await Task.WhenAll(Enumerable.Range(0, 3000).Select(number => Record.ExceptionAsync(() => Store(stores, number).LoadAsync(RecordName.Lock))));

            Assert.Contains(errors, error => error is SqliteFileException { Message: var message } && message.Contains("it is damaged", StringComparison.Ordinal));
            await Assert.ThrowsAsync<SqliteFileException>(() => Store(stores, 0).LoadAsync(RecordName.Lock));
            Assert.Equal(1, lifetime.Stops);
            Assert.Equal(LockGrainsSqliteExtensions.InputOutputError, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = exitCode;
        }
    }

    [Fact]
    public async Task ManyOneTimeKeys_TheFileAndItsLogStaySmall()
    {
        using var stores = SqliteUnderTest.Open(Path);
        var largest = 0L;
        for (var round = 0; round < 10; round++)
        {
            var etags = await Task.WhenAll(Enumerable.Range(0, 2000).Select(async number =>
                (await Once(number).CompareAndSetAsync(RecordName.Lock, null, new byte[400])).ETag!));
            largest = Math.Max(largest, Size());
            await Task.WhenAll(etags.Select((etag, number) => Once(number).CompareAndDeleteAsync(RecordName.Lock, etag)));

            ILockStore Once(int number) => stores.Open(LockSpace.Lock, $"order/{round}/{number}");
        }

        // 20,000 keys of 400 bytes would be 8 MB and more; 2,000 at a time are 1 MB, and the log 4 MB.
        Assert.InRange(largest, 1, 7_000_000);
        Assert.InRange(new FileInfo(Path).Length, 1, 1_500_000);

        long Size() => new FileInfo(Path).Length + new FileInfo($"{Path}-wal").Length;
    }

    [Fact]
    public async Task CancelledBeforeItsTurn_IsNotDone()
    {
        using var stores = SqliteUnderTest.Open(Path);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store(stores, 0).CompareAndSetAsync(RecordName.Lock, null, new byte[1], new CancellationToken(canceled: true)));

        Assert.Null((await Store(stores, 0).LoadAsync(RecordName.Lock)).ETag);
    }

    [Fact]
    public async Task Settings_AreThoseThatPromisesRestOn()
    {
        using var stores = SqliteUnderTest.Open(Path);
        foreach (var (pragma, value) in new[] { ("journal_mode", "wal"), ("synchronous", "2"), ("locking_mode", "exclusive"), ("wal_autocheckpoint", "0"), ("auto_vacuum", "2") })
            Assert.Equal(value, await stores.Open().ExecuteAsync(records => records.Ask(pragma), pages: 0, CancellationToken.None));
    }

    // The first operation is held until all others wait behind it.
    private static async Task<T[]> InOneBatchAsync<T>(SqliteLockStores stores, Func<int, Task<T>> doAsync)
    {
        using var gate = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = stores.Open().ExecuteAsync(
            _ =>
            {
                entered.SetResult();
                gate.Wait();
                return true;
            },
            pages: 0,
            CancellationToken.None);
        await entered.Task;
        var all = Enumerable.Range(0, 100).Select(doAsync).ToArray();
        gate.Set();
        await held;
        return await Task.WhenAll(all);
    }

    private static ILockStore Store(SqliteLockStores stores, int number) => stores.Open(LockSpace.Lock, $"key {number}");

    private sealed class StoppedOnce : IHostApplicationLifetime
    {
        public int Stops { get; private set; }

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => Stops++;
    }
}
