using System.Net;
using Npgsql;

namespace LockGrains.Chaos;

/// <summary>The PostgreSQL of a run, started as the tests start theirs.</summary>
internal sealed class PostgresNode(Place place) : StoreNode(place)
{
    // 32 connections for locks and 8 for membership, of five silos at most; and those of clients.
    private const string Connections = "max_connections=300";
    private const string Where = "service = @service and key = convert_to(@key, 'UTF8') and name = 'lock'";

    private PostgresServer? _server;

    public override IPEndPoint EndPoint => new(Place.Address, Server.Port);

    public override bool IsRunning => _server is { IsRunning: true };

    private PostgresServer Server => _server ?? throw new ChaosException("PostgreSQL was never started.");

    /// <summary>Why no run can have one here; null when it can.</summary>
    public static string? Obstacle => PostgresInstallation.SkipReason;

    public override StoreLink LinkAt(IPEndPoint endPoint) => new(
        StoreKind.Postgres,
        new NpgsqlConnectionStringBuilder(Server.ImpatientConnectionString) { Host = $"{endPoint.Address}", Port = endPoint.Port }.ConnectionString);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_server is null)
            _server = await PostgresServer.StartAsync(Place.Address, Place.Command([]), Connections);
        else
            await _server.RestartAsync();
    }

    public override Task StopAsync(CancellationToken cancellationToken) => Server.StopAsync();

    public override Task CrashAsync(CancellationToken cancellationToken) => Server.StopImmediatelyAsync();

    public override void Pause() => Server.Pause();

    public override void Continue()
    {
        if (IsRunning)
            Server.Resume();
    }

    public override Task<long> KillConnectionsAsync() => Server.AskAsync<long>(
        $"select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = '{PostgresServer.Role}'");

    public override async Task<Func<Task>?> CopyRecordAsync(string service, string key)
    {
        await using var source = NpgsqlDataSource.Create(Server.SuperUserConnectionString);
        await using var command = Command(source, $"select etag, data from lockgrains_records where {Where}", service, key);
        await using var reader = await command.ExecuteReaderAsync();
        if (!await reader.ReadAsync())
            return null;
        var (etag, data) = (reader.GetGuid(0), reader.GetFieldValue<byte[]>(1));
        return () => WriteAsync(service, key, etag, data);
    }

    public override async Task<bool> DeleteRecordAsync(string service, string key)
    {
        await using var source = NpgsqlDataSource.Create(Server.SuperUserConnectionString);
        await using var command = Command(source, $"delete from lockgrains_records where {Where}", service, key);
        return await command.ExecuteNonQueryAsync() == 1;
    }

    public override Task SpoilRecordAsync(string service, string key, byte[] garbage) => WriteAsync(service, key, Guid.NewGuid(), garbage);

    public override async Task<IReadOnlyList<string>> FindKeysAsync(string service, string prefix)
    {
        const string Sql = "select distinct convert_from(key, 'UTF8') from lockgrains_records where service = @service and starts_with(convert_from(key, 'UTF8'), @key)";
        await using var source = NpgsqlDataSource.Create(Server.SuperUserConnectionString);
        await using var command = Command(source, Sql, service, prefix);
        await using var reader = await command.ExecuteReaderAsync();
        var keys = new List<string>();
        while (await reader.ReadAsync())
            keys.Add(reader.GetString(0));
        return keys;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private async Task WriteAsync(string service, string key, Guid etag, byte[] data)
    {
        await using var source = NpgsqlDataSource.Create(Server.SuperUserConnectionString);
        await using var command = Command(source, $"update lockgrains_records set etag = @etag, data = @data where {Where}", service, key);
        command.Parameters.AddWithValue("etag", etag);
        command.Parameters.AddWithValue("data", data);
        if (await command.ExecuteNonQueryAsync() != 1)
            throw new ChaosException($"There is no record of {key}.");
    }

    private static NpgsqlCommand Command(NpgsqlDataSource source, string sql, string service, string key)
    {
        var command = source.CreateCommand(sql);
        command.Parameters.AddWithValue("service", service);
        command.Parameters.AddWithValue("key", key);
        return command;
    }
}
