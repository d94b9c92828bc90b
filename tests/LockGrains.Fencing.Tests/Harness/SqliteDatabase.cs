using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace LockGrains.Fencing.Tests;

/// <summary>A file of SQLite, with one of its two ways to commit.</summary>
/// <param name="journal">The journal mode.</param>
public abstract class SqliteDatabase(string journal) : FenceDatabase, IDisposable
{
    public const int Busy = 5;

    private readonly TempFolder _folder = new();

    public override FenceDialect Dialect => FenceDialect.Sqlite;

    public override string IdType => "integer primary key autoincrement";

    // Not synchronous: these tests crash no machine, and a busy disk makes every commit wait.
    public override async Task InitializeAsync() => Assert.Equal(journal, await AskAsync($"pragma journal_mode = {journal}"));

    public override Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    public override async Task<DbConnection> OpenAsync() => await OpenAsync(timeoutSeconds: 60);

    public override ValueTask<DbTransaction> BeginAsync(DbConnection connection) =>
        ValueTask.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(IsolationLevel.Serializable, deferred: true));

    /// <summary>SQLite says nothing of those who wait; but one who waits only for a second is told that somebody else writes.</summary>
    public override async Task<Task<bool>> StartWaitingAsync(Session session, FenceTable fences, Fence fence)
    {
        await using (var impatient = await BeginImpatientAsync())
        {
            var exception = await Assert.ThrowsAsync<SqliteException>(() => fences.TryPassAsync(impatient.Transaction, fence));
            Assert.Equal(Busy, exception.SqliteErrorCode);
        }

        // The driver blocks its thread.
        return Task.Run(() => fences.TryPassAsync(session.Transaction, fence));
    }

    /// <summary>A session that waits for others for a second.</summary>
    public async Task<Session> BeginImpatientAsync()
    {
        var connection = await OpenAsync(timeoutSeconds: 1);
        return new Session(connection, await BeginAsync(connection));
    }

    /// <summary>The file of the database.</summary>
    public string File => _folder.File("work.db");

    private async Task<DbConnection> OpenAsync(int timeoutSeconds)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false, DefaultTimeout = timeoutSeconds }.ConnectionString);
        await connection.OpenAsync();
        await Session.AskAsync(connection, null, "pragma synchronous = off");
        return connection;
    }
}

/// <summary>SQLite with a write-ahead log: readers and a writer go on side by side.</summary>
public sealed class WalDatabase() : SqliteDatabase("wal");

/// <summary>SQLite with a rollback journal, its default: no commit beside a reader.</summary>
public sealed class JournalDatabase() : SqliteDatabase("delete");
