namespace LockGrains.Chaos;

/// <summary>A client of the run with the silo that is paused past forgetting: in the supervisor's own process, heard by its judge.</summary>
internal sealed class ForgettingClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly ResourceClient _resource;
    private readonly IHost _host;
    private readonly HistoryWriter _history;
    private readonly Task _beating;

    private ForgettingClient(ChaosCluster cluster, string name, IHost host, Action<HistoryLine> onLine)
    {
        Name = name;
        _host = host;
        _resource = new ResourceClient(cluster.Resource.EndPoint);
        cluster.History.Add(name);
        _history = new HistoryWriter(line =>
        {
            cluster.History.OnLine(name, line);
            onLine(HistoryLine.Parse(line));
        });
        _beating = _history.BeatAsync(_ending.Token);
    }

    public string Name { get; }

    public static async Task<ForgettingClient> StartAsync(ChaosCluster cluster, string name, Action<HistoryLine> onLine, CancellationToken cancellationToken)
    {
        var host = Worker.BuildClient(cluster.Id, cluster.Id, cluster.Store.Link);
        await host.StartAsync(cancellationToken);
        return new ForgettingClient(cluster, name, host, onLine);
    }

    /// <summary>Acquires a lock, writes to the resource, asks whether it still holds, and releases; once.</summary>
    public Task UseAsync(string key, int seed, CancellationToken cancellationToken) =>
        new Contender(Name, _host.Services.GetRequiredService<ILockClient>(), _resource, _history, new Random(seed)).UseAsync(key, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _beating;
        await _host.StopAsync(_ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _host.Dispose();
        _resource.Dispose();
        _ending.Dispose();
    }
}
