using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Npgsql;

namespace LockGrains.TestKit.Servers;

/// <summary>
/// A real PostgreSQL of one test's own, on a free port of the loopback, without a unix socket. It has a role and a database
/// <c>lockgrains</c>. Ended by its process id, and its folder deleted, when disposed.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string Role = "lockgrains";
    public const string Password = "a secret; of \"locks\"";

    private const int Attempts = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ConcurrentQueue<string> _log = new();
    private readonly string _folder;
    private readonly string[] _settings;
    private readonly IReadOnlyList<string> _launcher;
    private Process? _process;

    private PostgresServer(string folder, string[] settings, int port, IPAddress address, IReadOnlyList<string> launcher) =>
        (_folder, _settings, Port, Address, _launcher) = (folder, settings, port, address, launcher);

    public int Port { get; }

    /// <summary>Where it listens.</summary>
    public IPAddress Address { get; }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>What the tests of silos compare with: nothing that they write may contain it.</summary>
    public static string PieceOfPassword => "a secret";

    /// <summary>What a silo would be given. Patient: a slow machine is not a failing storage.</summary>
    public string ConnectionString => $"{ImpatientConnectionString};Timeout=60;Command Timeout=60";

    /// <summary>As <see cref="ConnectionString"/>, with the time-outs that are the default.</summary>
    public string ImpatientConnectionString =>
        new NpgsqlConnectionStringBuilder { Host = $"{Address}", Port = Port, Username = Role, Password = Password, Database = Role }.ConnectionString;

    /// <summary>For the super user: who sets up and spoils things.</summary>
    public string SuperUserConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = $"{Address}",
        Port = Port,
        Username = "postgres",
        Password = PostgresInstallation.SuperUserPassword,
        Database = Role,
        Pooling = false,
        Timeout = 60,
        CommandTimeout = 60,
    }.ConnectionString;

    /// <summary>Starts a server with settings such as <c>max_connections=20</c>.</summary>
    public static Task<PostgresServer> StartAsync(params string[] settings) => StartAsync(IPAddress.Loopback, [], settings);

    /// <summary>As <see cref="StartAsync(string[])"/>, at another address: a launcher is the command that runs others in its network.</summary>
    public static async Task<PostgresServer> StartAsync(IPAddress address, IReadOnlyList<string> launcher, params string[] settings)
    {
        var server = await StartOnAsync(await PostgresInstallation.MakeDataAsync(), settings, address, launcher);
        await server.ExecuteAsync(
            "postgres", $"create role {Role} login password {Quote(Password)}; select 1");
        await server.ExecuteAsync("postgres", $"create database {Role} owner {Role}");
        return server;
    }

    /// <summary>Starts a standby of this server, which streams from it under a name, and waits until it does.</summary>
    public async Task<PostgresServer> StartStandbyAsync(string name)
    {
        var folder = await PostgresInstallation.MakeFolderAsync("standby");
        var start = PostgresInstallation.Command(
            "pg_basebackup", "--pgdata", folder, "--host", "127.0.0.1", "--port", Text(Port), "--username", "postgres",
            "--checkpoint", "fast", "--wal-method", "stream", "--write-recovery-conf", "--no-sync");
        start.Environment["PGPASSWORD"] = PostgresInstallation.SuperUserPassword;
        start.Environment["PGAPPNAME"] = name;
        await PostgresInstallation.RunAsync(start);

        // The name that the primary knows the standby by.
        var link = $"host=127.0.0.1 port={Text(Port)} user=postgres password='{PostgresInstallation.SuperUserPassword}' application_name={name}";
        var standby = await StartOnAsync(folder, [.. _settings, $"primary_conninfo={link}"]);
        await Eventually.BecomesAsync(
            () => AskAsync<long>($"select count(*) from pg_stat_replication where application_name = '{name}' and state = 'streaming'"),
            count => count == 1,
            $"standby {name} that streams");
        return standby;
    }

    /// <summary>Makes a standby the primary.</summary>
    public async Task PromoteAsync()
    {
        await AskAsync<bool>("select pg_promote(true, 60)", database: "postgres");
        await Eventually.BecomesAsync(() => AskAsync<bool>("select pg_is_in_recovery()"), recovering => !recovering, "end of recovery");
    }

    /// <summary>Changes settings as an operator would, and waits until sessions see them.</summary>
    public async Task SetAsync(string name, string value)
    {
        await ExecuteAsync("postgres", $"alter system set {name} = {Quote(value)}");
        await ExecuteAsync("postgres", "select pg_reload_conf()");
        await Eventually.BecomesAsync(() => AskAsync<string>($"select current_setting('{name}')"), now => now == value, $"{name} = {value}");
    }

    /// <summary>Runs statements as the super user.</summary>
    public Task ExecuteAsync(string sql) => ExecuteAsync(Role, sql);

    /// <summary>Asks for one value as the super user.</summary>
    public async Task<T> AskAsync<T>(string sql, string database = Role)
    {
        await using var connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>As <c>pg_ctl stop -m immediate</c>: every process ends at once, and the next start recovers from the log.</summary>
    public Task StopImmediatelyAsync() => EndAsync(Signals.Quit);

    /// <summary>As <c>pg_ctl stop -m fast</c>: sessions are ended, and what is in memory is written.</summary>
    public Task StopAsync() => EndAsync(Signals.Interrupt);

    /// <summary>Kills the server and all its sessions, as a crash of its machine would.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        var sessions = Sessions();
        if (!_process.HasExited)
            _process.Kill();
        sessions.ForEach(session => SendSignal(session, 9));
        await ForgetAsync();
    }

    /// <summary>Starts it again on the same port and with the same data.</summary>
    public async Task RestartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await StartProcessAsync();
                return;
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // A session of before may still be ending, and the server does not start beside it.
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
    }

    /// <summary>Copies the data of the stopped server, and starts it again.</summary>
    /// <returns>Puts the copy back in its place, as from a backup.</returns>
    public async Task<Func<Task>> BackUpAsync()
    {
        await StopAsync();
        var copy = await PostgresInstallation.CopyAsync(_folder, "backup");
        await RestartAsync();
        return async () =>
        {
            await StopAsync();
            PostgresInstallation.Delete(_folder);
            Directory.Move(copy, _folder);
            await RestartAsync();
        };
    }

    /// <summary>Stops the server and all its sessions in their tracks: connections stay, answers do not come.</summary>
    public void Pause() => SignalAll(Signals.Stop);

    /// <summary>Lets a paused server go on, with all that was sent to it meanwhile.</summary>
    public void Resume() => SignalAll(Signals.Continue);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        PostgresInstallation.Delete(_folder);
    }

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Launch(ProcessStartInfo start, IReadOnlyList<string> launcher)
    {
        for (var index = launcher.Count - 1; index >= 0; index--)
        {
            start.ArgumentList.Insert(0, start.FileName);
            start.FileName = launcher[index];
        }
    }

    // One that has ended meanwhile needs no signal.
    private static void SendSignal(int processId, int signal) => _ = Signals.TrySend(processId, signal);

    private static async Task<PostgresServer> StartOnAsync(
        string folder, string[] settings, IPAddress? address = null, IReadOnlyList<string>? launcher = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new PostgresServer(folder, settings, FreePort.Find(), address ?? IPAddress.Loopback, launcher ?? []);
            try
            {
                await server.StartProcessAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Somebody took the port in between: try another.
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(string database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(SuperUserConnectionString) { Database = database }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task StartProcessAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string[] settings =
        [
            $"listen_addresses={Address}", "unix_socket_directories=", "logging_collector=off", "lc_messages=C", "wal_level=replica",
            "max_wal_senders=4", "shared_buffers=16MB", "max_wal_size=256MB", .. _settings,
        ];
        var start = PostgresInstallation.Command("postgres", ["-D", _folder, "-p", Text(Port), .. settings.SelectMany(setting => new[] { "-c", setting })]);
        Launch(start, _launcher);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                return;
            _log.Enqueue(line.Data);
            if (line.Data.Contains("ready to accept", StringComparison.Ordinal))
                ready.TrySetResult();
        };
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException(
            $"PostgreSQL ended at its start, on port {Port}: {string.Join(Environment.NewLine, _log.TakeLast(10))}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        try
        {
            await ready.Task.WaitAsync(Patience);
        }
        catch
        {
            await KillAsync();
            throw;
        }
    }

    private async Task EndAsync(int signal)
    {
        if (_process is null)
            return;
        SendSignal(_process.Id, signal);
        await ForgetAsync();
    }

    private async Task ForgetAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
        _process = null;
    }

    private void SignalAll(int signal)
    {
        var sessions = Sessions();
        SendSignal(_process!.Id, signal);
        sessions.ForEach(session => SendSignal(session, signal));
    }

    /// <summary>The processes that the server has started, by the parent that each of them names.</summary>
    private List<int> Sessions() =>
    [
        .. from folder in Directory.GetDirectories("/proc")
           let id = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0
           where id > 0 && ParentOf(id) == _process!.Id
           select id,
    ];

    private static int ParentOf(int processId)
    {
        try
        {
            // After the name, which is in brackets and may contain anything: state, parent.
            var status = File.ReadAllText($"/proc/{processId}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return 0;
        }
    }
}
