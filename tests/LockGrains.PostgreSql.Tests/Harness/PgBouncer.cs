using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace LockGrains.PostgreSql.Tests;

/// <summary>A real PgBouncer before a server, as teams run it.</summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly Process _process;

    private PgBouncer(string folder, Process process, int port) => (_folder, _process, Port) = (folder, process, port);

    public int Port { get; }

    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = PostgresServer.Role,
        Password = PostgresServer.Password,
        Database = PostgresServer.Role,
        Timeout = 60,
        CommandTimeout = 60,
    }.ConnectionString;

    /// <summary>Starts one.</summary>
    /// <param name="server">The server behind it.</param>
    /// <param name="mode"><c>session</c> or <c>transaction</c>.</param>
    /// <param name="poolSize">How many sessions it has, for however many connections.</param>
    public static async Task<PgBouncer> StartAsync(PostgresServer server, string mode, int poolSize)
    {
        var folder = await PostgresInstallation.MakeFolderAsync("pgbouncer");
        var port = FreePort.Find();
        var users = Path.Combine(folder, "users.txt");
        await File.WriteAllTextAsync(users, $"\"{PostgresServer.Role}\" \"{PostgresServer.Password.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");
        var settings = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(settings, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            * = host=127.0.0.1 port={server.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {users}
            pool_mode = {mode}
            default_pool_size = {poolSize}
            max_client_conn = 1000

            """));
        var process = new Process { StartInfo = PostgresInstallation.Command("pgbouncer", settings), EnableRaisingEvents = true };
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("process up", StringComparison.Ordinal) == true)
                ready.TrySetResult();
        };
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("pgbouncer ended at its start."));
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        await ready.Task.WaitAsync(Patience);
        return new PgBouncer(folder, process, port);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        PostgresInstallation.Delete(_folder);
    }
}

/// <summary>A test that needs PgBouncer as well. Skipped, with the reason, where it is missing; failing there in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BouncerFactAttribute : FactAttribute
{
    public BouncerFactAttribute() => Skip = PostgresInstallation.BouncerSkipReason;
}
