using System.ComponentModel;
using System.Globalization;
using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>The one Redis of a run, which both sides use: <c>appendonly yes</c>, <c>appendfsync everysec</c>, on loopback, in a folder of its own.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    public const string Settings = "appendonly yes, appendfsync everysec, save \"\", loopback";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly ChildProcess _process;
    private readonly string _folder;
    private readonly IConnectionMultiplexer _admin;

    private RedisServer(ChildProcess process, string folder, int port, IConnectionMultiplexer admin)
    {
        _process = process;
        _folder = folder;
        _admin = admin;
        ConnectionString = $"127.0.0.1:{port}";
    }

    public string ConnectionString { get; }

    public TimeSpan ProcessorTime => _process.ProcessorTime;

    public static async Task<RedisServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("lockgrains-bench").FullName;
        var port = FreePort.Find();
        var process = StartProcess(port, folder);
        await process.WhenLineAsync("Ready to accept connections", StartPatience);
        return new RedisServer(process, folder, port, await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},allowAdmin=true"));
    }

    /// <summary>A connection as an application makes it: StackExchange.Redis with its defaults.</summary>
    public async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(ConnectionString);

    public async Task<string> GetVersionAsync() => (await ReadAsync("server")).GetValueOrDefault("redis_version", "?");

    /// <summary>What Redis itself has counted: the truth about writes and bytes, whatever a silo says.</summary>
    public async Task<RedisCounters> ReadCountersAsync()
    {
        var commands = await ReadAsync("commandstats");
        var stats = await ReadAsync("stats");
        var persistence = await ReadAsync("persistence");
        var memory = await ReadAsync("memory");
        return new RedisCounters(
            Calls(commands, "evalsha") + Calls(commands, "eval") + Calls(commands, "set"),
            Long(stats, "total_net_input_bytes"),
            Long(persistence, "aof_current_size"),
            (2 * Long(persistence, "aof_rewrites")) - Long(persistence, "aof_rewrite_in_progress"),
            Long(memory, "used_memory"),
            ProcessorTime);
    }

    /// <summary>How many keys have a name like that.</summary>
    public async Task<long> CountKeysAsync(string pattern)
    {
        var count = 0L;
        await foreach (var _ in _admin.GetServers()[0].KeysAsync(pattern: pattern, pageSize: 10_000))
            count++;
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await _admin.DisposeAsync();
        _process.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // It was still writing as it ended; the folder is the system's to clean.
        }
    }

    private static ChildProcess StartProcess(int port, string folder)
    {
        try
        {
            return ChildProcess.Start(
                "redis-server",
                "redis-server",
                [
                    "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes",
                    "--appendfsync", "everysec", "--dir", folder,
                ]);
        }
        catch (Win32Exception)
        {
            // The program is not there.
            Directory.Delete(folder);
            throw;
        }
    }

    private static long Calls(Dictionary<string, string> commands, string name) =>
        commands.TryGetValue($"cmdstat_{name}", out var text) ? long.Parse(text.Split(',')[0]["calls=".Length..], CultureInfo.InvariantCulture) : 0;

    private static long Long(Dictionary<string, string> section, string name) =>
        section.TryGetValue(name, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    private async Task<Dictionary<string, string>> ReadAsync(string section)
    {
        var text = (string?)await _admin.GetDatabase().ExecuteAsync("INFO", section) ?? "";
        return text.Split('\n').Select(line => line.TrimEnd('\r').Split(':', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1]);
    }
}
