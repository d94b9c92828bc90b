using System.Data.Common;
using LockGrains.Docs.Tests.Language;
using LockGrains.Fencing;
using LockGrains.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace LockGrains.Docs.Tests.Examples;

public sealed class FencingExampleTests
{
    private const string Report = "create table report (body text not null, version integer not null); insert into report values ('by nobody', 0)";

    [Fact]
    public async Task Sqlite_HolderWhoseLockWasLost_IsRefused()
    {
        await using var connection = new SqliteConnection("Data Source=:memory:");
        await connection.OpenAsync();
        await PrepareAsync(connection, FenceDialect.Sqlite);

        await AssertLateWriteIsRefusedAsync((handle, body) => SqliteReports.PublishAsync(connection, handle, body));

        Assert.Equal("by the second, 2", await ReadAsync(connection));
    }

    [PostgresFact]
    public async Task Postgres_HolderWhoseLockWasLost_IsRefused()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var database = NpgsqlDataSource.Create(server.ConnectionString);
        await using var connection = await database.OpenConnectionAsync();
        await PrepareAsync(connection, FenceDialect.PostgreSql);

        await AssertLateWriteIsRefusedAsync((handle, body) => PostgresReports.PublishAsync(database, handle, body));

        Assert.Equal("by the second, 2", await ReadAsync(connection));
    }

    [Theory]
    [InlineData(FenceDialect.Sqlite)]
    [InlineData(FenceDialect.PostgreSql)]
    public void Tables_InTheDocument_AreThoseThatAreCreated(FenceDialect dialect) =>
        Assert.Contains($"```sql\n{new FenceTable(dialect).CreateScript}\n```", Documents.Read("docs/FENCING.md"), StringComparison.Ordinal);

    private static async Task AssertLateWriteIsRefusedAsync(Func<LockHandle, string, Task> publishAsync)
    {
        await using var locks = new InMemoryLocks();
        await using var first = await locks.CreateClient().AcquireAsync("report");
        await publishAsync(first, "by the first");
        await locks.LoseAsync("report");
        await using var second = await locks.CreateClient().AcquireAsync("report");
        await publishAsync(second, "by the second");

        var refused = await Assert.ThrowsAsync<StaleFenceException>(() => publishAsync(first, "by the first, late"));

        Assert.Equal(second.FencingToken, refused.Seen);
    }

    private static async Task PrepareAsync(DbConnection connection, FenceDialect dialect)
    {
        await new FenceTable(dialect).CreateAsync(connection);
        await using var command = connection.CreateCommand();
        command.CommandText = Report;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> ReadAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select body || ', ' || version from report";
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
