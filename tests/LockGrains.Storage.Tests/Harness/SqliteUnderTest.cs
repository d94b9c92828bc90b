using LockGrains.Storage.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace LockGrains.Storage.Tests;

/// <summary>A SQLite file for the kit. Only one provider may have it open, so all connections are that one.</summary>
internal sealed class SqliteUnderTest : IDisposable
{
    private readonly TempFolder _folder = new();
    private SqliteLockStores _stores;

    public SqliteUnderTest() => _stores = Open();

    public string Path => _folder.File("locks.db");

    public SqliteLockStores Stores => _stores;

    public StoreUnderTest ForKit => new()
    {
        ConnectAsync = _ => ValueTask.FromResult<ILockStoreProvider>(_stores),
        CopyAsync = CopyAsync,
        AgeAsync = (_, _, _) => Task.CompletedTask,
    };

    public void Dispose()
    {
        _stores.Dispose();
        _folder.Dispose();
    }

    public static SqliteLockStores Open(string path) =>
        new(new SqliteStorageOptions { Path = path }, NullLogger.Instance);

    private SqliteLockStores Open() => Open(Path);

    private Task<Func<CancellationToken, Task>> CopyAsync(CancellationToken cancellationToken)
    {
        _stores.Dispose();
        var copy = _folder.File("copy.db");
        File.Copy(Path, copy, overwrite: true);
        _stores = Open();
        return Task.FromResult<Func<CancellationToken, Task>>(_ =>
        {
            _stores.Dispose();
            File.Copy(copy, Path, overwrite: true);
            _stores = Open();
            return Task.CompletedTask;
        });
    }
}
