using Npgsql;

namespace LockGrains.Benchmarks;

/// <summary>
/// The usual lock on PostgreSQL: <c>begin; select ... for update</c> on the row of a key, and <c>commit</c>. It lives in a session, so each
/// hold has a connection of its own. No fencing token, and a session that is lost is a lock that is lost.
/// </summary>
internal sealed class PostgresRowSubject : ILockSubject, IAsyncDisposable
{
    private const string LockSql = "select key from bench_lock where key = $1 for update";

    private readonly NpgsqlDataSource _source;

    private PostgresRowSubject(string name, NpgsqlDataSource source)
    {
        Name = name;
        _source = source;
    }

    public string Name { get; }

    /// <summary>Makes a row for each key, and connects.</summary>
    /// <param name="name">What it is called in tables.</param>
    /// <param name="server">The server.</param>
    /// <param name="connections">The size of the pool: as many locks can be held at a time.</param>
    /// <param name="keys">The keys that there will be.</param>
    public static async Task<PostgresRowSubject> StartAsync(string name, PostgresServer server, int connections, IEnumerable<string> keys)
    {
        var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString) { MaxPoolSize = connections });
        await using (var make = source.CreateCommand("create table bench_lock (key text primary key)"))
            await make.ExecuteNonQueryAsync();
        await using (var fill = source.CreateCommand("insert into bench_lock select unnest($1)"))
        {
            fill.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. keys] });
            await fill.ExecuteNonQueryAsync();
        }

        return new PostgresRowSubject(name, source);
    }

    public async ValueTask<Hold> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        var connection = await _source.OpenConnectionAsync(cancellationToken);

        // Npgsql sends the begin with the select.
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(LockSql, connection, transaction);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key });
        await command.PrepareAsync(cancellationToken);
        if (await command.ExecuteScalarAsync(cancellationToken) is not string)
            throw new InvalidOperationException($"The lock '{key}' has no row.");
        return new Hold(key, transaction);
    }

    public async ValueTask ReleaseAsync(Hold hold)
    {
        var transaction = (NpgsqlTransaction)hold.Proof;

        // Disposed after the transaction: Npgsql gives the next user of the connection the same object.
        await using var connection = transaction.Connection!;
        await using (transaction)
            await transaction.CommitAsync();
    }

    public ValueTask<int?> CountWaitingAsync(string key) => ValueTask.FromResult<int?>(null);

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
