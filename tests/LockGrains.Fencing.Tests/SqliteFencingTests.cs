using System.Data;
using Microsoft.Data.Sqlite;

namespace LockGrains.Fencing.Tests;

/// <summary>What is particular about SQLite: a reader's transaction sees one moment, with a write-ahead log or without.</summary>
public sealed class SqliteFencingTests(WalDatabase wal, JournalDatabase journal) : IClassFixture<WalDatabase>, IClassFixture<JournalDatabase>
{
    private const string Key = "orders/42";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wal_WriterBesideAReader_ReaderSeesNothingOfItAndCannotWriteAnyMore(bool aWriterWasThere)
    {
        var (fences, work) = await MakeAsync(wal, aWriterWasThere ? 4 : null);
        var before = aWriterWasThere ? 4 : 0;
        await using (var reader = await wal.BeginImpatientAsync())
        {
            await fences.PassAsync(reader.Transaction, Fence.ForReader(Key, 5));
            await CommitAsync(wal, fences, work, 6);

            await fences.PassAsync(reader.Transaction, Fence.ForReader(Key, 5));
            Assert.Equal([before, before], await work.ReadCellsAsync(reader, Key));
            var exception = await Assert.ThrowsAsync<SqliteException>(() => work.WriteAsync(reader, Fence.ForWriter(Key, 5)));
            Assert.Equal(SqliteDatabase.Busy, exception.SqliteErrorCode);
        }

        await using var late = await wal.BeginAsync();
        Assert.False(await fences.TryPassAsync(late.Transaction, Fence.ForReader(Key, 5)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Journal_WriterBesideAReader_DoesNotCommitBeforeTheReaderEnds(bool aWriterWasThere)
    {
        var (fences, work) = await MakeAsync(journal, aWriterWasThere ? 4 : null);
        var before = aWriterWasThere ? 4 : 0;
        await using var reader = await journal.BeginAsync();
        await fences.PassAsync(reader.Transaction, Fence.ForReader(Key, 5));

        await using (var writer = await journal.BeginImpatientAsync())
        {
            await fences.PassAsync(writer.Transaction, Fence.ForWriter(Key, 6));
            await work.WriteAsync(writer, Fence.ForWriter(Key, 6));
            var exception = await Assert.ThrowsAsync<SqliteException>(writer.CommitAsync);
            Assert.Equal(SqliteDatabase.Busy, exception.SqliteErrorCode);
        }

        Assert.Equal([before, before], await work.ReadCellsAsync(reader, Key));
        await reader.CommitAsync();
        await CommitAsync(journal, fences, work, 6);
    }

    /// <summary>As the driver begins it unless it is told otherwise: the lock is taken before the first statement.</summary>
    [Fact]
    public async Task Immediate_SecondWriter_WaitsForTheFirst()
    {
        var (fences, work) = await MakeAsync(wal, 4);
        await using var connection = (SqliteConnection)await wal.OpenAsync();
        await using var first = new Session(connection, await connection.BeginTransactionAsync());
        await using (var impatient = await wal.BeginImpatientAsync())
            await Assert.ThrowsAsync<SqliteException>(() => fences.TryPassAsync(impatient.Transaction, Fence.ForWriter(Key, 8)));
        await fences.PassAsync(first.Transaction, Fence.ForWriter(Key, 7));
        await work.WriteAsync(first, Fence.ForWriter(Key, 7));
        await first.CommitAsync();

        Assert.Equal([4, 7], await work.ReadHistoryAsync(Key));
    }

    [Fact]
    public async Task Wal_WriterThatHadReadBeforeAnotherOne_DoesNotPass()
    {
        var (fences, work) = await MakeAsync(wal, 4);
        await using var late = await wal.BeginImpatientAsync();
        await work.ReadCellsAsync(late, Key);
        await CommitAsync(wal, fences, work, 6);

        var exception = await Assert.ThrowsAsync<SqliteException>(() => fences.TryPassAsync(late.Transaction, Fence.ForWriter(Key, 7)));

        Assert.Equal(SqliteDatabase.Busy, exception.SqliteErrorCode);
    }

    [Fact]
    public async Task SharedCache_ReadsOfWhatIsNotCommitted_AreNoCheck()
    {
        var fences = new FenceTable(FenceDialect.Sqlite);
        await using var connection = new SqliteConnection($"Data Source=dirty-{Guid.NewGuid():N};Mode=Memory;Cache=Shared");
        await connection.OpenAsync();
        await fences.CreateAsync(connection);

        await using (var dirty = connection.BeginTransaction(IsolationLevel.ReadUncommitted, deferred: true))
        {
            var exception = Assert.Throws<ArgumentException>("transaction", () => { _ = fences.TryPassAsync(dirty, Fence.ForReader(Key, 7)); });
            Assert.Contains("serializable", exception.Message, StringComparison.Ordinal);
        }

        await using var clean = connection.BeginTransaction();
        await fences.PassAsync(clean, Fence.ForReader(Key, 7));
    }

    [Fact]
    public async Task Table_OfAnAttachedFile_IsThere()
    {
        using var folder = new TempFolder();
        await using var connection = (SqliteConnection)await wal.OpenAsync();
        await Session.AskAsync(connection, null, "attach @file as other", ("@file", folder.File("other.db")));
        var fences = new FenceTable(FenceDialect.Sqlite, "other.attached");
        await fences.CreateAsync(connection);

        await using var transaction = connection.BeginTransaction();
        await fences.PassAsync(transaction, Fence.ForWriter(Key, 7));
        await transaction.CommitAsync();

        Assert.Equal(7L, await Session.AskAsync(connection, null, "select token from other.attached"));
    }

    private static async Task<(FenceTable Fences, Work Work)> MakeAsync(FenceDatabase database, long? token)
    {
        var (fences, work) = (await database.NewTableAsync(), await Work.MakeAsync(database));
        if (token is { } before)
            await CommitAsync(database, fences, work, before);
        return (fences, work);
    }

    private static async Task CommitAsync(FenceDatabase database, FenceTable fences, Work work, long token)
    {
        await using var session = await database.BeginAsync();
        await fences.PassAsync(session.Transaction, Fence.ForWriter(Key, token));
        await work.WriteAsync(session, Fence.ForWriter(Key, token));
        await session.CommitAsync();
    }
}
