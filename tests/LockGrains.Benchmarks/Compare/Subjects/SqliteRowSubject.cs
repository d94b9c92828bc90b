using Microsoft.Data.Sqlite;

namespace LockGrains.Benchmarks;

/// <summary>
/// What a lock in a SQLite file costs at least: one transaction that inserts a row, and one that deletes it, each on the disk before it is
/// told (<c>synchronous = full</c>, write-ahead log). SQLite writes one at a time, so there is one connection, used in turn.
/// </summary>
internal sealed class SqliteRowSubject : ILockSubject, IAsyncDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _delete;
    private readonly SemaphoreSlim _turn = new(1);

    private SqliteRowSubject(string name, SqliteConnection connection)
    {
        Name = name;
        _connection = connection;
        _insert = MakeCommand(connection, "insert into bench_lock (key, token) values ($key, $token)");
        _delete = MakeCommand(connection, "delete from bench_lock where key = $key and token = $token");
    }

    public string Name { get; }

    /// <summary>The version of SQLite itself.</summary>
    public string Version => _connection.ServerVersion;

    public static SqliteRowSubject Start(string name, string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        connection.Open();
        using var setUp = connection.CreateCommand();
        setUp.CommandText = "pragma journal_mode = wal; pragma synchronous = full; create table bench_lock (key text primary key, token text not null)";
        setUp.ExecuteNonQuery();
        return new SqliteRowSubject(name, connection);
    }

    public async ValueTask<Hold> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        var token = RedisRetrySubject.NewToken();
        await ChangeAsync(_insert, key, token, cancellationToken);
        return new Hold(key, token);
    }

    public async ValueTask ReleaseAsync(Hold hold) => await ChangeAsync(_delete, hold.Key, (string)hold.Proof, CancellationToken.None);

    public ValueTask<int?> CountWaitingAsync(string key) => ValueTask.FromResult<int?>(null);

    public async ValueTask DisposeAsync()
    {
        await _insert.DisposeAsync();
        await _delete.DisposeAsync();
        await _connection.DisposeAsync();
        _turn.Dispose();
    }

    private static SqliteCommand MakeCommand(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Both texts are written in this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.Add("$key", SqliteType.Text);
        command.Parameters.Add("$token", SqliteType.Text);
        command.Prepare();
        return command;
    }

    // A statement by itself is a transaction. Microsoft.Data.Sqlite has no asynchronous way to the disk.
    private async Task ChangeAsync(SqliteCommand command, string key, string token, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            command.Parameters["$key"].Value = key;
            command.Parameters["$token"].Value = token;
            if (command.ExecuteNonQuery() != 1)
                throw new InvalidOperationException($"The lock '{key}' was not as expected.");
        }
        finally
        {
            _turn.Release();
        }
    }
}
