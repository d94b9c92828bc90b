using LockGrains.Storage.Testing;

namespace LockGrains.Storage.Tests;

/// <summary>
/// A Redis of the test's own for the kit, behind Orleans' grain storage as a silo has it. It hands every command to the system before it
/// answers, so what it acknowledged survives its end (not that of the machine).
/// </summary>
internal sealed class RedisUnderTest : IAsyncDisposable
{
    private readonly RedisServer _server;
    private readonly Dictionary<ILockStoreProvider, HostedStores> _opened = [];

    private RedisUnderTest(RedisServer server) => _server = server;

    public RedisServer Server => _server;

    public StoreUnderTest ForKit => new()
    {
        ConnectAsync = async _ => await ConnectAsync(),
        CloseAsync = CloseAsync,
        CrashAsync = async _ =>
        {
            await _server.KillAsync();
            await _server.RestartAsync();
        },
        CopyAsync = CopyAsync,
        AgeAsync = (_, _, _) => Task.CompletedTask,
    };

    public static async Task<RedisUnderTest> StartAsync() => new(await RedisServer.StartAsync());

    public static async Task<RedisUnderTest> StartClusterAsync() => new(await RedisServer.StartClusterAsync());

    public async Task<ILockStoreProvider> ConnectAsync()
    {
        var hosted = await HostedStores.StartAsync(silo => silo.AddLockGrainsRedisStorage(_server.PatientConnectionString));
        _opened.Add(hosted.Stores, hosted);
        return hosted.Stores;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hosted in _opened.Values)
            await hosted.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async ValueTask CloseAsync(ILockStoreProvider stores)
    {
        if (_opened.Remove(stores, out var hosted))
            await hosted.DisposeAsync();
    }

    // The whole of its data, as a dump of each key.
    private async Task<Func<CancellationToken, Task>> CopyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _server.ConnectAsync();
        var (database, copy) = (connection.GetDatabase(), new Dictionary<string, byte[]>());
        await foreach (var key in connection.GetServers().Single().KeysAsync().WithCancellation(cancellationToken))
            copy.Add(key!, (await database.KeyDumpAsync(key))!);
        return async _ =>
        {
            await using var again = await _server.ConnectAsync();
            await again.GetDatabase().ExecuteAsync("FLUSHDB");
            foreach (var (key, dump) in copy)
                await again.GetDatabase().KeyRestoreAsync(key, dump);
        };
    }
}
