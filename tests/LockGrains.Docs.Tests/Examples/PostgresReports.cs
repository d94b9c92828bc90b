using LockGrains.Fencing;
using Npgsql;

namespace LockGrains.Docs.Tests.Examples;

/// <summary>A report in PostgreSQL, which refuses whoever's lock is over.</summary>
internal static class PostgresReports
{
    private static readonly FenceTable Fences = new(FenceDialect.PostgreSql);

    public static async Task PublishAsync(NpgsqlDataSource database, LockHandle handle, string body)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await Fences.PassAsync(transaction, Fence.ForWriter(handle.Key, handle.FencingToken)); // first

        await using var work = new NpgsqlCommand("update report set body = @body, version = version + 1", connection, transaction);
        work.Parameters.AddWithValue("body", body);
        await work.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }
}
