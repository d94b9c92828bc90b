using Orleans.Configuration;

namespace LockGrains.Chaos;

/// <summary>A process of clients: an Orleans client from outside, as an application has it, and many callers on it.</summary>
internal static class Worker
{
    public const string Ready = "worker ready";

    /// <summary>The lease of whoever does not say otherwise: short, so that the death of a holder does not hold up a run for long.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    public static Task<int> RunAsync(WorkerOptions options) => RunAsync(options, (locks, ending) => LoadAsync(options, LoadKeys.Contended, locks, ending));

    /// <summary>Runs a load of any kind until standard input ends.</summary>
    public static async Task<int> RunAsync(WorkerOptions options, Func<ILockClient, CancellationToken, Task> load, Action<IClientBuilder>? configure = null)
    {
        using var host = BuildClient(options.Cluster, options.Service, options.Store, configure);
        using var ending = StandardInput.WhenClosed();
        await host.StartAsync(ending.Token);
        await load(host.Services.GetRequiredService<ILockClient>(), ending.Token);
        using var patience = new CancellationTokenSource(StopPatience, TimeProvider.System);
        await host.StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    public static IHost BuildClient(string cluster, string service, StoreLink store, Action<IClientBuilder>? configure = null, Action<IServiceCollection>? add = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(TimeProvider.System);
        builder.UseOrleansClient(orleans =>
        {
            orleans.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, service));
            orleans.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
            orleans.Configure<ConnectionOptions>(options => options.OpenConnectionTimeout = TimeSpan.FromSeconds(2));
            orleans.UseConnectionRetryFilter(async (_, token) =>
            {
                await Clock.DelayAsync(TimeSpan.FromMilliseconds(200), token);
                return true;
            });
            store.FindSilos(orleans);
            configure?.Invoke(orleans);
        });
        builder.Services.AddLockGrainsClient(options => options.Lease = Lease);
        add?.Invoke(builder.Services);
        return builder.Build();
    }

    /// <summary>Runs all callers until they are told to end.</summary>
    public static async Task LoadAsync(WorkerOptions options, IReadOnlyList<string> keys, ILockClient locks, CancellationToken cancellationToken)
    {
        var history = HistoryWriter.OnConsole();
        var beating = history.BeatAsync(cancellationToken);
        using var hot = new ResourceClient(options.Resource);
        using var other = new ResourceClient(options.Resource);
        using var sessions = new ResourceClient(options.Resource);
        var callers = new List<Task>();
        var contenders = new List<Contender>();
        var seed = options.Seed;
        foreach (var key in keys)
        {
            for (var number = 0; number < options.Contenders; number++)
                callers.Add(Make(hot).ContendAsync(key, cancellationToken));
        }

        for (var number = 0; number < 2; number++)
        {
            callers.Add(Make(other).HoldLongAsync(cancellationToken));
            callers.Add(Make(other).TryLightAsync(cancellationToken));
            callers.Add(new SessionCaller(options.Name, locks, sessions, history, new Random(++seed)).RunAsync(cancellationToken));
        }

        callers.Add(Make(sessions).HoldBesideSessionsAsync(cancellationToken));
        callers.AddRange(LoadKeys.Observed.Select(key => new Watcher(locks, history).WatchAsync(key, cancellationToken)));
        callers.Add(new Leader(options.Name, locks, sessions, history, new Random(++seed)).RunAsync(cancellationToken));
        callers.Add(new OnceCaller(options.Name, locks, sessions, history, new Random(++seed)).RunAsync(cancellationToken));

        Console.WriteLine(Ready);
        await Task.WhenAll(callers.Append(beating)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var contender in contenders)
            contender.GiveUpForgotten();

        Contender Make(ResourceClient resource)
        {
            var contender = new Contender(options.Name, locks, resource, history, new Random(++seed));
            contenders.Add(contender);
            return contender;
        }
    }
}
