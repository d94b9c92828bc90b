using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace LockGrains.Chaos;

/// <summary>The Redis of a run: <c>appendonly yes</c>, <c>appendfsync everysec</c>, in a folder of its own.</summary>
internal sealed class RedisNode(Place place, string folder, int port) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private Child? _process;
    private ConnectionMultiplexer? _admin;

    public Place Place => place;

    public IPEndPoint EndPoint => new(place.Address, port);

    public string Folder => folder;

    public Child Process => _process ?? throw new ChaosException("Redis was never started.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        string[] command =
        [
            "redis-server", "--port", Text(port), "--bind", "*", "--protected-mode", "no", "--save", "", "--appendonly", "yes",
            "--appendfsync", "everysec", "--dir", folder,
        ];
        _process?.Dispose();
        _process = Child.Start("redis", place.Command(command));
        await _process.WhenLineAsync("Ready to accept connections", Patience, cancellationToken);
    }

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

    public async ValueTask DisposeAsync()
    {
        if (_admin is not null)
            await _admin.DisposeAsync();
        _process?.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
