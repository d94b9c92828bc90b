using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit.Abstractions;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// Hosts that stop while a worker of theirs holds the lock that one of the next host waits for: in every order of registration, with services
/// that stop one after another and at the same time, as clients of a cluster and as silos of it. By default each once, with a short time to
/// clean up; LOCKGRAINS_STOPS and LOCKGRAINS_CLEANUP_MS make it a long run.
/// </summary>
public sealed class HostStopTests(ITestOutputHelper output) : IAsyncLifetime
{
    // Where silos come and go at the same time, Orleans may lose a call, or activate a lock twice. The silo fences that. Both are told.
    private static readonly string[] OfChange = ["Conflict", "NoUsableAnswer"];

    private readonly string _key = LockCluster.NewKey("stopping");
    private readonly int _siloPort = FreePort.Find();
    private readonly int _gatewayPort = FreePort.Find();
    private readonly SharedStores _stores = new();
    private readonly WorkLog _log = new();
    private IHost _silo = null!;

    private static readonly string[] Orders =
    [
        "orleans locks worker", "locks orleans worker", "orleans worker locks", "locks worker orleans", "worker orleans locks", "worker locks orleans",
    ];

    public async Task InitializeAsync()
    {
        var builder = NewBuilder();
        builder.UseOrleans(silo => AddLocks(silo.UseLocalhostClustering(_siloPort, _gatewayPort)));
        builder.Services.AddLockGrainsClient();
        _silo = builder.Build();
        await _silo.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _silo.StopAsync();
        _silo.Dispose();
    }

    [Theory]
    [InlineData(HostKind.Client, WorkerKind.EndsWhenTold)]
    [InlineData(HostKind.Client, WorkerKind.EndsAtRisk)]
    [InlineData(HostKind.Silo, WorkerKind.EndsWhenTold)]
    [InlineData(HostKind.Silo, WorkerKind.EndsAtRisk)]
    public async Task Stop_WorkerCleansUp_NeverTwoAtWork(HostKind host, WorkerKind worker)
    {
        var stops = Read("LOCKGRAINS_STOPS", Orders.Length * 2);
        // A silo that does not wait has ended its grains before that.
        var cleanUp = TimeSpan.FromMilliseconds(Read("LOCKGRAINS_CLEANUP_MS", host == HostKind.Silo ? 600 : 200));
        var present = await StartAsync(Case.Make(0, host, worker), cleanUp);
        await present.Job.AtWork.Task.WithinPatienceAsync("first worker");
        for (var number = 0; number < stops; number++)
        {
            var next = await StartAsync(Case.Make(number + 1, host, worker), cleanUp);
            await StopAsync(present, next.Job.AtWork.Task);
            present = next;
        }

        await StopAsync(present, Task.CompletedTask);
        Assert.Empty(_log.FindOverlaps());
        Assert.Equal(stops + 1, _log.Works.Count);
        Assert.DoesNotContain(_log.Works, work => work.EndedAt == long.MaxValue);
        await _silo.Services.GetRequiredService<ILockClient>().AcquireAsync(_key).AsTask().WithinPatienceAsync("free lock");
    }

    private async Task StopAsync(Run run, Task next)
    {
        // What it logged while it waited is about silos that stopped before.
        var earlier = run.Logs.Entries.Count;
        var startedAt = TimeProvider.System.GetTimestamp();
        await run.Host.StopAsync();
        var took = TimeProvider.System.GetElapsedTime(startedAt);
        run.Host.Dispose();
        await next.WithinPatienceAsync("next worker");
        output.WriteLine($"{run.Case}: stopped in {took.TotalMilliseconds:0} ms; next at work after {TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds:0} ms");
        var loud = run.Logs.Entries.Skip(earlier).Where(entry => entry.Level > LogLevel.Information);
        AssertCalm(run, [.. loud.Where(entry => run.Case.Host == HostKind.Client || !OfChange.Contains(entry.Event))]);
    }

    /// <summary>
    /// An owner that releases in time has an ordinary stop, of which nothing is logged above information. One that is told only when Orleans
    /// has stopped cannot release any more: its lock is left to its lease, and there alone a warning names it.
    /// </summary>
    private void AssertCalm(Run run, LogEntry[] loud)
    {
        if (run.Case.ReleasesInTime)
        {
            Assert.True(loud.Length == 0, $"{run.Case}: {string.Join<LogEntry>(Environment.NewLine, loud)}");
            return;
        }

        var warning = Assert.Single(loud);
        Assert.Equal((LogLevel.Warning, "LeftToTheirLeases"), (warning.Level, warning.Event));
        var token = _log.Works.Single(work => work.Worker == run.Job.Name).Token;
        Assert.Contains($"'{_key}' (fencing token {token})", warning.Message, StringComparison.Ordinal);
    }

    private async Task<Run> StartAsync(Case what, TimeSpan cleanUp)
    {
        var job = new StoppedWorker.Job(_key, what.ToString(), _log, cleanUp, what.Worker == WorkerKind.EndsAtRisk, what.EndsBesideOrleans);
        var logs = new LogCollector();
        var builder = NewBuilder();
        builder.Logging.AddProvider(logs);
        builder.Services.Configure<HostOptions>(options => options.ServicesStopConcurrently = what.IsConcurrent);
        builder.Services.AddSingleton(job).AddSingleton(typeof(ILifecycleParticipant<>), typeof(StoppedWorker.StopSignal<>));
        foreach (var part in what.Order.Split(' '))
            _ = part switch
            {
                "orleans" => AddOrleans(builder, what.Host),
                "locks" => builder.Services.AddLockGrainsClient(options => (options.Lease, options.StopTimeout) = (TimeSpan.FromSeconds(4), what.StopTimeout)),
                _ => builder.Services.AddHostedService<StoppedWorker>(),
            };
        var host = builder.Build();
        await host.StartAsync();
        return new Run(host, job, logs, what);
    }

    private IServiceCollection AddOrleans(HostApplicationBuilder builder, HostKind kind)
    {
        if (kind == HostKind.Client)
            return builder.UseOrleansClient(client => client.UseLocalhostClustering(_gatewayPort)).Services;
        var (siloPort, gatewayPort) = (FreePort.Find(), FreePort.Find());
        return builder.UseOrleans(silo => AddLocks(silo.UseLocalhostClustering(siloPort, gatewayPort, new IPEndPoint(IPAddress.Loopback, _siloPort)))).Services;
    }

    private void AddLocks(ISiloBuilder silo) =>
        silo.AddLockGrains().Services.AddKeyedSingleton<ILockStoreProvider>(LockGrainOptions.DefaultStorageName, _stores);

    private static int Read(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static HostApplicationBuilder NewBuilder() =>
        Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });

    public enum HostKind
    {
        Client,
        Silo,
    }

    public enum WorkerKind
    {
        /// <summary>By the token of its host alone.</summary>
        EndsWhenTold,

        /// <summary>By the early warning of its handle as well.</summary>
        EndsAtRisk,
    }

    private sealed record Run(IHost Host, StoppedWorker.Job Job, LogCollector Logs, Case Case);

    private sealed record Case(int Number, string Order, bool IsConcurrent, HostKind Host, WorkerKind Worker)
    {
        public static Case Make(int number, HostKind host, WorkerKind worker) =>
            new(number, Orders[number % Orders.Length], number / Orders.Length % 2 == 1, host, worker);

        /// <summary>
        /// Services that stop one after another do so in reverse order: a worker that was added before Orleans is told when that has stopped,
        /// unless it listens to its handle.
        /// </summary>
        public bool ReleasesInTime => IsConcurrent || Worker == WorkerKind.EndsAtRisk || StopsBeforeOrleans;

        /// <summary>Its worker is told, and Orleans stops before the host has waited for it.</summary>
        public bool EndsBesideOrleans => ReleasesInTime && (IsConcurrent || !StopsBeforeOrleans);

        /// <summary>Where the owner cannot release in time, the time for it is waited for in vain.</summary>
        public TimeSpan StopTimeout => TimeSpan.FromMilliseconds(ReleasesInTime ? 10_000 : 100);

        private bool StopsBeforeOrleans =>
            Order.IndexOf("orleans", StringComparison.Ordinal) < Order.IndexOf("worker", StringComparison.Ordinal);

        public override string ToString() => $"worker {Number} of a {Host} ({Order}, {(IsConcurrent ? "at the same time" : "one after another")}, {Worker})";
    }
}
