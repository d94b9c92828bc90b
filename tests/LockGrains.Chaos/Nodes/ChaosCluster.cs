using System.Net;
using LockGrains.AspNetCore.Access;

namespace LockGrains.Chaos;

/// <summary>All processes of a run, and what the supervisor knows of them.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private readonly ChaosOptions _options;
    private readonly string _folder = Directory.CreateTempSubdirectory("lockgrains-chaos").FullName;
    private readonly string _accessSecret = AccessSecret.Create();
    private readonly List<SiloNode> _silos = [];
    private readonly List<WorkerNode> _workers = [];
    private (SiloNode Silo, WorkerNode Worker)? _rivals;
    private IReadOnlyList<WorkerNode>? _crowd;
    private WorkerNode? _sessionCrowd;
    private Net? _net;
    private StoreNode? _store;
    private ResourceNode? _resource;
    private IHost? _admin;

    public ChaosCluster(ChaosOptions options) => _options = options;

    public ChaosOptions Options => _options;

    /// <summary>For files of the run; it goes with it.</summary>
    public string Folder => _folder;

    /// <summary>The cluster's id, and the name of its state in storage.</summary>
    public string Id { get; } = $"chaos{Environment.ProcessId}";

    public History History { get; } = new();

    public Net Net => _net ?? throw new ChaosException("The network was never made.");

    public StoreNode Store => _store ?? throw new ChaosException("The storage was never started.");

    /// <summary>The storage of a run that has Redis, for what is done to Redis alone.</summary>
    public RedisNode Redis => (RedisNode)Store;

    public ResourceNode Resource => _resource ?? throw new ChaosException("The resource was never started.");

    /// <summary>Whether each process has a network of its own that can be cut.</summary>
    public bool CanCut => Net.Obstacle is null;

    /// <summary>The keys that the load always wants.</summary>
    public IReadOnlyList<string> HotKeys => _options.Load switch
    {
        LoadKind.Document => [LoadKeys.Document],
        LoadKind.Pool => [LoadKeys.Pool],
        _ => LoadKeys.Contended,
    };

    /// <summary>All silos, the co-hosted one last.</summary>
    public IReadOnlyList<SiloNode> Silos => _silos;

    public IReadOnlyList<SiloNode> RunningSilos => [.. _silos.Where(silo => silo.IsRunning)];

    /// <summary>The silos of the shipped program.</summary>
    public IReadOnlyList<SiloNode> ShippedSilos => [.. _silos.Where(silo => !silo.IsCoHosted)];

    public IReadOnlyList<WorkerNode> Workers => _workers;

    /// <summary>The wall clock of one of the shipped silos, and of one process of clients.</summary>
    public FakeClock? SiloClock { get; private set; }

    public FakeClock? WorkerClock { get; private set; }

    /// <summary>The supervisor's own client, beside the load.</summary>
    public IGrainFactory Grains => _admin!.Services.GetRequiredService<IGrainFactory>();

    public ILockClient Locks => _admin!.Services.GetRequiredService<ILockClient>();

    /// <summary>Makes the network, by which is known what can be cut.</summary>
    public async Task PrepareAsync() => _net ??= await Net.CreateAsync(!_options.IsLoopback);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync();
        _store = StoreNode.Create(_options.Storage, await Net.JoinAsync("store"), _folder);
        await _store.StartAsync(cancellationToken);
        _resource = new ResourceNode(await Net.JoinAsync("resource"), FreePort.Find(), History.OnLine);
        History.Add(ResourceNode.HistoryName);
        await _resource.StartAsync(cancellationToken);
        await MakeSilosAsync();
        await Task.WhenAll(_silos.Take(1).Select(silo => StartSiloAsync(silo, cancellationToken)));
        await Task.WhenAll(_silos.Skip(1).Select(silo => StartSiloAsync(silo, cancellationToken)));
        _admin = Worker.BuildClient(Id, Id, Store.Link, orleans => orleans.Configure<Orleans.Configuration.ClientMessagingOptions>(
            options => options.ResponseTimeout = TimeSpan.FromSeconds(3)));
        await _admin.StartAsync(cancellationToken);
        if (_options is { HasHttp: true, IsUnsafe: false })
            _workers.Add(await MakeHttpWorkerAsync());
        for (var number = 1; number <= _options.Workers; number++)
            _workers.Add(await MakeWorkerAsync($"worker-{number}", OneKeyLoad.VerbOf(_options.Load), Id, _options.Contenders, number * 100_000));
        WorkerClock = new FakeClock(Path.Combine(_folder, "worker-clock"));
        if (_workers is [.., var last])
            WorkerClock.GiveTo(last.Environment);
        await Task.WhenAll(_workers.Select(worker => StartWorkerAsync(worker, cancellationToken)));
    }

    /// <summary>Makes a silo with a way to the storage of its own, and does not start it.</summary>
    public async Task<SiloNode> MakeSiloAsync(string name, SiloCommand command)
    {
        // There is a proxy for the protocol of Redis alone.
        var proxy = _options.Storage == StoreKind.Redis ? new RespProxy(new IPEndPoint(Net.Host, 0), Store.EndPoint, _options.Seed) : null;
        if (proxy is not null)
            await proxy.StartAsync();
        var storeEndPoint = proxy?.EndPoint ?? Store.EndPoint;
        return new SiloNode(name, await Net.JoinAsync(name), command, Store.LinkAt(storeEndPoint), storeEndPoint, proxy, History.OnLine);
    }

    public async Task<WorkerNode> MakeWorkerAsync(string name, string verb, string cluster, int number, int seed, IReadOnlyList<Uri>? servers = null) => new(
        name,
        await Net.JoinAsync(name),
        new WorkerCommand(verb, cluster, Id, Store.Link, Resource.EndPoint, _options.Seed + seed, number) { Servers = servers ?? [] },
        History.OnLine,
        History.OnEnded);

    public async Task StartSiloAsync(SiloNode silo, CancellationToken cancellationToken)
    {
        if (silo.IsCoHosted)
            History.Add($"{silo.Name}.{silo.Starts + 1}");
        var starting = silo.StartAsync(cancellationToken);
        if (silo.IsCoHosted)
        {
            var name = silo.HistoryName;
            _ = silo.Process.Ended.ContinueWith(_ => History.OnEnded(name), TaskScheduler.Default);
        }

        await starting;
    }

    public Task StartWorkerAsync(WorkerNode worker, CancellationToken cancellationToken)
    {
        History.Add($"{worker.Name}.{worker.Starts + 1}");
        return worker.StartAsync(cancellationToken);
    }

    /// <summary>A silo of another cluster on the same records, and clients of it. Not started.</summary>
    public async Task<(SiloNode Silo, WorkerNode Worker)> GetRivalsAsync()
    {
        var rival = $"{Id}-rival";
        _rivals ??= (
            await MakeSiloAsync("rival", SiloCommand.Create(rival, Id) with { IsUnsafe = _options.IsUnsafe, Resource = Resource.EndPoint }),
            await MakeWorkerAsync("rival-worker", "worker", rival, _options.Contenders, 900_000));
        return _rivals.Value;
    }

    /// <summary>Two processes with a hundred handles each. Not started.</summary>
    public async Task<IReadOnlyList<WorkerNode>> GetCrowdAsync() =>
        _crowd ??= [await MakeWorkerAsync("crowd-even", "crowd", Id, 0, 0), await MakeWorkerAsync("crowd-odd", "crowd", Id, 1, 0)];

    /// <summary>A process with a thousand locks under one session. Not started.</summary>
    public async Task<WorkerNode> GetSessionCrowdAsync() => _sessionCrowd ??= await MakeWorkerAsync(SessionCrowd.Verb, SessionCrowd.Verb, Id, 0, 0);

    /// <summary>Starts again whatever is not running, and heals all cuts and proxies.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        await Net.HealAllAsync();
        foreach (var silo in _silos)
        {
            silo.Continue();
            silo.HealProxy();
        }

        _workers.ForEach(worker => worker.Continue());
        Store.Continue();
        if (!Store.IsRunning)
            await Store.StartAsync(cancellationToken);
        await Task.WhenAll(_silos.Where(silo => !silo.IsRunning).Select(silo => StartSiloAsync(silo, cancellationToken)));
        await Task.WhenAll(_workers.Where(worker => !worker.IsRunning).Select(worker => StartWorkerAsync(worker, cancellationToken)));
    }

    /// <summary>Which silo serves each hot key.</summary>
    public async Task<Dictionary<string, SiloNode>> FindOwnersAsync(CancellationToken cancellationToken)
    {
        var owners = new Dictionary<string, SiloNode>(StringComparer.Ordinal);
        foreach (var key in HotKeys)
        {
            if (await FindSiloAsync(Grains.GetLock(key), cancellationToken) is { } silo)
                owners[key] = silo;
        }

        return owners;
    }

    /// <summary>Which silo serves a lock or a session; null for none.</summary>
    public async Task<SiloNode?> FindSiloAsync(ILockGrain grain, CancellationToken cancellationToken)
    {
        var address = await AskAsync(management => management.GetActivationAddress(grain).AsTask(), cancellationToken);
        return _silos.FirstOrDefault(silo => silo.EndPoint.Equals(address?.Endpoint));
    }

    /// <summary>The silos that the cluster counts among its members.</summary>
    public async Task<IReadOnlyList<SiloNode>> FindMembersAsync(CancellationToken cancellationToken)
    {
        var hosts = await AskAsync(management => management.GetHosts(onlyActive: true), cancellationToken);
        return [.. _silos.Where(silo => hosts.Keys.Any(address => silo.EndPoint.Equals(address.Endpoint)))];
    }

    public async ValueTask DisposeAsync()
    {
        if (_admin is not null)
        {
            _silos.ForEach(silo => silo.Kill());
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);
            await _admin.StopAsync(patience.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        foreach (var worker in _workers.Concat(_crowd ?? []))
            worker.Dispose();
        _sessionCrowd?.Dispose();
        if (_rivals is var (silo, rival))
        {
            rival.Dispose();
            await silo.DisposeAsync();
        }

        foreach (var node in _silos)
            await node.DisposeAsync();
        _resource?.Dispose();
        if (_store is not null)
            await _store.DisposeAsync();
        if (_net is not null)
            await _net.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<WorkerNode> MakeHttpWorkerAsync()
    {
        var worker = await MakeWorkerAsync(HttpWorker.Verb, HttpWorker.Verb, Id, 0, 800_000, [.. ShippedSilos.Select(silo => silo.Api)]);
        worker.Environment[HttpWorker.SecretVariable] = _accessSecret;
        return worker;
    }

    private async Task MakeSilosAsync()
    {
        for (var number = 1; number <= _options.Silos; number++)
            _silos.Add(await MakeSiloAsync($"silo-{number}", Make()));
        SiloClock = new FakeClock(Path.Combine(_folder, "silo-clock"));
        SiloClock.GiveTo(_silos[^1].Environment);
        if (_options.HasCoHost)
            _silos.Add(await MakeSiloAsync("cohost", Make() with { IsCoHosted = true, Resource = Resource.EndPoint, Seed = _options.Seed, Contenders = _options.Contenders }));

        SiloCommand Make() => SiloCommand.Create(Id, Id) with { IsUnsafe = _options.IsUnsafe, ForgetAfter = _options.ForgetAfter, Access = AccessArguments.ForLoad(_accessSecret) };
    }

    private Task<T> AskAsync<T>(Func<IManagementGrain, Task<T>> ask, CancellationToken cancellationToken) =>
        Patience.AskAsync(() => ask(Grains.GetGrain<IManagementGrain>(0)), trials: 20, TimeSpan.FromMilliseconds(500), cancellationToken);
}
