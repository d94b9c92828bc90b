using System.Data;
using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace LockGrains.Fencing.Tests;

/// <summary>A PostgreSQL server of these tests' own.</summary>
public sealed class PostgresDatabase : FenceDatabase
{
    private PostgresServer? _server;

    public PostgresServer Server => _server ?? throw new InvalidOperationException("PostgreSQL was not started.");

    public override FenceDialect Dialect => FenceDialect.PostgreSql;

    public override string IdType => "bigint generated always as identity primary key";

    public override async Task InitializeAsync()
    {
        if (PostgresInstallation.SkipReason is null)
            _server = await PostgresServer.StartAsync("max_connections=200");
    }

    public override async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    public override async Task<DbConnection> OpenAsync() => await OpenAsync(Server.ConnectionString);

    public override ValueTask<DbTransaction> BeginAsync(DbConnection connection) => connection.BeginTransactionAsync();

    public override async Task<Task<bool>> StartWaitingAsync(Session session, FenceTable fences, Fence fence)
    {
        var pass = fences.TryPassAsync(session.Transaction, fence);
        await WhenBlockedAsync(session);
        return pass;
    }

    public async Task<Session> BeginAsync(IsolationLevel isolation)
    {
        var connection = await OpenAsync();
        return new Session(connection, await connection.BeginTransactionAsync(isolation));
    }

    /// <summary>Comes back when the server says that a session waits for another one.</summary>
    public Task WhenBlockedAsync(Session session)
    {
        var process = ((NpgsqlConnection)session.Connection).ProcessID;
        return Eventually.BecomesAsync(
            () => AskAsync("select cardinality(pg_blocking_pids(@process))", ("@process", process)),
            blocking => Convert.ToInt32(blocking, CultureInfo.InvariantCulture) > 0,
            "session that waits");
    }

    public static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }
}
