using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace LockGrains.TestKit.Servers;

/// <summary>
/// A real <c>redis-server</c> of one test's own, on a free port of the loopback. It hands every command to the system's file cache
/// before it answers, so what it acknowledged survives <see cref="KillAsync"/>; it does not wait for the disk, which only a crash of
/// the machine would show. Ended by its process id, and its folder deleted, when disposed.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "redis-server";
    private const int Attempts = 5;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lockgrains-redis-");
    private readonly bool _isCluster;
    private Process? _process;

    private RedisServer(bool isCluster) => _isCluster = isCluster;

    /// <summary>
    /// Why tests with Redis are skipped here; null when they run. In CI they always run: a missing program is a failure there.
    /// </summary>
    public static string? SkipReason { get; } = IsInstalled() || Environment.GetEnvironmentVariable("CI") == "true"
        ? null
        : $"{Program} is not on the PATH; install Redis to run this test.";

    public int Port { get; private set; }

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>For tests of which no outage is a part: a slow machine is not a failing storage.</summary>
    public string PatientConnectionString => $"{ConnectionString},asyncTimeout=25000,connectTimeout=25000";

    /// <summary>Starts a server and waits until it is ready.</summary>
    public static Task<RedisServer> StartAsync() => StartAsync(isCluster: false);

    /// <summary>Starts a Redis Cluster of one server, which refuses a script whose keys are not all in one slot, as any cluster does.</summary>
    public static Task<RedisServer> StartClusterAsync() => StartAsync(isCluster: true);

    private static async Task<RedisServer> StartAsync(bool isCluster)
    {
        var server = new RedisServer(isCluster);
        for (var attempt = 1; ; attempt++)
        {
            server.Port = FreePort.Find();
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

    /// <summary>Stops the process in its tracks: connections stay, answers do not come.</summary>
    public void Pause() => Signals.Send(_process!.Id, Signals.Stop);

    /// <summary>Lets a paused process go on, with all that was sent to it meanwhile.</summary>
    public void Resume() => Signals.Send(_process!.Id, Signals.Continue);

    /// <summary>Ends the process as a crash would.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it again on the same port and with the same data.</summary>
    public Task RestartAsync() => StartProcessAsync();

    /// <summary>Connects as somebody who looks into the data, not as a silo does.</summary>
    public async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(PatientConnectionString);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private static bool IsInstalled() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, Program)));

    private async Task StartProcessAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[]
        {
            "--bind", "127.0.0.1", "--port", Port.ToString(CultureInfo.InvariantCulture), "--save", "", "--appendonly", "yes",
            "--appendfsync", "no", "--dir", _folder.FullName,
        })
            start.ArgumentList.Add(argument);
        if (_isCluster)
        {
            foreach (var argument in new[] { "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--cluster-port", FreePort.Find().ToString(CultureInfo.InvariantCulture) })
                start.ArgumentList.Add(argument);
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("Ready to accept connections", StringComparison.Ordinal) == true)
                ready.TrySetResult();
        };
        process.Exited += (_, _) =>
            ready.TrySetException(new InvalidOperationException($"{Program} ended at its start, on port {Port}."));
        process.Start();
        process.BeginOutputReadLine();
        _process = process;
        try
        {
            await ready.Task.WaitAsync(StartTimeout);
            if (_isCluster)
                await FormClusterAsync();
        }
        catch
        {
            await KillAsync();
            throw;
        }
    }

    /// <summary>Gives the server all slots, unless it has them from before, and waits until it takes writes.</summary>
    private async Task FormClusterAsync()
    {
        await using var connection = await ConnectAsync();
        var database = connection.GetDatabase();
        if ((await InfoAsync()).Contains("cluster_slots_assigned:0", StringComparison.Ordinal))
            await database.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
        await Eventually.BecomesAsync(InfoAsync, info => info.Contains("cluster_state:ok", StringComparison.Ordinal), "cluster that takes writes");

        async Task<string> InfoAsync() => (string)(await database.ExecuteAsync("CLUSTER", "INFO"))!;
    }
}
