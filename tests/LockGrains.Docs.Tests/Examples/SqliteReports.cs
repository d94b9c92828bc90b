using LockGrains.Fencing;
using Microsoft.Data.Sqlite;

namespace LockGrains.Docs.Tests.Examples;

/// <summary>A report in SQLite, which refuses whoever's lock is over.</summary>
internal static class SqliteReports
{
    private static readonly FenceTable Fences = new(FenceDialect.Sqlite);

    public static async Task PublishAsync(SqliteConnection connection, LockHandle handle, string body)
    {
        await using var transaction = connection.BeginTransaction();
        await Fences.PassAsync(transaction, Fence.ForWriter(handle.Key, handle.FencingToken)); // first

        await using var work = connection.CreateCommand();
        work.CommandText = "update report set body = @body, version = version + 1";
        work.Parameters.AddWithValue("@body", body);
        await work.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }
}
