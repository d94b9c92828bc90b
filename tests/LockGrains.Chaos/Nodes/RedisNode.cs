using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace LockGrains.Chaos;

/// <summary>The Redis of a run: <c>appendonly yes</c>, <c>appendfsync everysec</c>, in a folder of its own.</summary>
internal sealed class RedisNode(Place place, string folder, int port) : StoreNode(place)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    private Child? _process;
    private ConnectionMultiplexer? _admin;

    public override IPEndPoint EndPoint => new(Place.Address, port);

    public override bool IsRunning => _process is { IsRunning: true };

    public string Folder => folder;

    private Child Process => _process ?? throw new ChaosException("Redis was never started.");

    /// <summary>Where the record of a lock is.</summary>
    public static RedisKey RecordOf(string service, string key) => $"{Prefix(service)}{key}/lock";

    public override StoreLink LinkAt(IPEndPoint endPoint) => new(StoreKind.Redis, $"{endPoint}");

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        string[] command =
        [
            "redis-server", "--port", Text(port), "--bind", "*", "--protected-mode", "no", "--save", "", "--appendonly", "yes",
            "--appendfsync", "everysec", "--dir", folder,
        ];
        _process?.Dispose();
        _process = Child.Start("redis", Place.Command(command));
        await _process.WhenLineAsync("Ready to accept connections", Patience, cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken) => EndAsync(Posix.SigTerm, cancellationToken);

    public override Task CrashAsync(CancellationToken cancellationToken) => EndAsync(Posix.SigKill, cancellationToken);

    public override void Pause() => Process.Signal(Posix.SigStop);

    public override void Continue() => Process.Signal(Posix.SigCont);

    /// <summary>A database for the supervisor's own use, straight past all proxies.</summary>
    public async Task<IServer> ConnectAsync()
    {
        _admin ??= await ConnectionMultiplexer.ConnectAsync($"{EndPoint},allowAdmin=true,abortConnect=false,connectTimeout=2000,syncTimeout=3000");
        return _admin.GetServer(EndPoint);
    }

    public async Task<IDatabase> GetDatabaseAsync()
    {
        await ConnectAsync();
        return _admin!.GetDatabase();
    }

    public override async Task<long> KillConnectionsAsync() =>
        (long)await (await ConnectAsync()).ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

    public override async Task<Func<Task>?> CopyRecordAsync(string service, string key)
    {
        var database = await GetDatabaseAsync();
        var record = await database.HashGetAllAsync(RecordOf(service, key));
        return record.Length == 2 ? () => database.HashSetAsync(RecordOf(service, key), record) : null;
    }

    public override async Task<bool> DeleteRecordAsync(string service, string key) =>
        await (await GetDatabaseAsync()).KeyDeleteAsync(RecordOf(service, key));

    public override async Task SpoilRecordAsync(string service, string key, byte[] garbage) =>
        await (await GetDatabaseAsync()).HashSetAsync(RecordOf(service, key), [new("etag", "poison"), new("data", garbage)]);

    public override async Task<IReadOnlyList<string>> FindKeysAsync(string service, string prefix)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var record in (await ConnectAsync()).KeysAsync(pattern: $"{Prefix(service)}{prefix}*"))
            keys.Add(((string)record!)[Prefix(service).Length..].Split('/')[0]);
        return [.. keys];
    }

    public override async ValueTask DisposeAsync()
    {
        if (_admin is not null)
            await _admin.DisposeAsync();
        _process?.Dispose();
    }

    private async Task EndAsync(int signal, CancellationToken cancellationToken)
    {
        Process.Signal(signal);
        await Process.WhenEndedAsync(EndPatience, cancellationToken);
    }

    private static string Prefix(string service) => $"{service}/state/lockgrains.lock/";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
