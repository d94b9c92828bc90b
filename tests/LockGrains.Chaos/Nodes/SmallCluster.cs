using System.Globalization;
using System.Net;
using LockGrains.AspNetCore.Access;

namespace LockGrains.Chaos;

/// <summary>One Redis, one silo, and a client in this process: for a question that needs no more than that.</summary>
internal sealed class SmallCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("lockgrains-small").FullName;
    private readonly Place _place = new("here", IPAddress.Loopback, null);
    private readonly RedisNode _redis;
    private readonly SiloCommand _silo;
    private IHost? _client;

    private SmallCluster(string id)
    {
        Id = id;
        _silo = SiloCommand.Create(id, id) with { Access = AccessArguments.ForEverything(AccessKey) };
        _redis = new RedisNode(_place, _folder, FreePort.Find());
    }

    /// <summary>The cluster's and the service's id.</summary>
    public string Id { get; }

    /// <summary>Where the silo serves the HTTP API.</summary>
    public string Server => string.Create(CultureInfo.InvariantCulture, $"http://{_place.Address}:{_silo.HttpPort}");

    /// <summary>The access key of that API, which may do everything.</summary>
    public string AccessKey { get; } = AccessSecret.Create();

    public StoreLink Store => _redis.Link;

    public Child Silo { get; private set; } = null!;

    public ILockClient Locks => _client!.Services.GetRequiredService<ILockClient>();

    public static async Task<SmallCluster> StartAsync(string id)
    {
        var cluster = new SmallCluster(id);
        try
        {
            await cluster._redis.StartAsync(CancellationToken.None);
            cluster.Silo = Child.Start("silo", cluster._silo.ToCommand(cluster._place, cluster.Store, id));
            await cluster.Silo.WhenLineAsync(SiloNode.Ready, Patience, CancellationToken.None);
            cluster._client = Worker.BuildClient(id, id, cluster.Store);
            await cluster._client.StartAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.StopAsync();
            _client.Dispose();
        }

        Silo?.Dispose();
        await _redis.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
