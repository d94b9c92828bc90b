using System.Data.Common;
using Npgsql;

namespace LockGrains;

/// <summary>
/// The connections to one database, and how a statement is run on them: one round trip, believed only when it came back whole and without a
/// warning. After anything else no connection from before is used again, so what comes next is checked anew.
/// </summary>
internal sealed class PostgreSqlDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private volatile bool _isPooled;

    public PostgreSqlDatabase(NpgsqlConnectionStringBuilder connection)
    {
        Servers = PostgreSqlConnectionString.NameServers(connection);
        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            opened => Check(ServerFacts.Read(opened)),
            async opened => Check(await ServerFacts.ReadAsync(opened, CancellationToken.None).ConfigureAwait(false)));
        _source = PostgreSqlConnectionString.HasManyHosts(connection)
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite)
            : builder.Build();
    }

    /// <summary>The servers, for messages.</summary>
    public string Servers { get; }

    /// <summary>Runs a statement that is one transaction.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="parameters">Its parameters, in order.</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="cancellationToken">Ends the wait, and with it the connection.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="PostgreSqlStoreException">Nobody knows whether it was applied.</exception>
    public async Task<IReadOnlyList<T>> RunAsync<T>(
        string sql, DbParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using var end = connection.ConfigureAwait(false);
            return await RunAsync(connection, sql, parameters, read, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or TimeoutException or InvalidOperationException or System.Net.Sockets.SocketException or IOException)
        {
            throw new PostgreSqlStoreException($"PostgreSQL at {Servers}: {PostgreSqlErrors.Describe(exception)}", exception);
        }
    }

    /// <summary>Uses no connection again that is open now.</summary>
    public void Forget() => _source.Clear();

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<IReadOnlyList<T>> RunAsync<T>(
        NpgsqlConnection connection, string sql, DbParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            using var watch = new WarningWatch(connection);
            var rows = await ReadAsync(connection, sql, parameters, read, cancellationToken).ConfigureAwait(false);
            return watch.Warning is { } warning
                ? throw new PostgreSqlStoreException($"PostgreSQL at {Servers} wrote it, but warned: {warning}. Nobody knows whether a standby has it.")
                : rows;
        }
        catch
        {
            // The connection may be to a server that is no primary any more, or have a late answer or a cancel on its way. It is not used
            // again, and neither are the others, which go the same way.
            Forget();
            throw;
        }
    }

    private async Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection, string sql, DbParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using var disposal = command.ConfigureAwait(false);
        command.Parameters.AddRange(parameters);

        // A prepared statement belongs to a session, and behind a pooler the next statement may meet another one.
        if (!_isPooled)
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<T>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var end = reader.ConfigureAwait(false);

        // A row comes before the commit, and so before the wait for the standby: it counts once the server is ready for the next statement.
        do
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                rows.Add(read(reader));
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
        return rows;
    }

    private void Check(ServerFacts facts)
    {
        if (facts.IsPooled)
            _isPooled = true;
        if ((ServerRules.FindServerProblem(facts) ?? ServerRules.FindTableProblem(facts)) is { } problem)
            throw new PostgreSqlStoreException($"PostgreSQL at {Servers} {problem}");
    }
}
