using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit.Abstractions;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// Hosts that stop while a worker of theirs holds the lock that one of the next host waits for: in every order of registration, with services
/// that stop one after another and at the same time. By default each once, with a short time to clean up; LOCKGRAINS_STOPS and
/// LOCKGRAINS_CLEANUP_MS make it a long run.
/// </summary>
public sealed class HostStopTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly string _key = LockCluster.NewKey("stopping");
    private readonly int _gatewayPort = FreePort.Find();
    private readonly WorkLog _log = new();
    private IHost _silo = null!;

    private static readonly string[] Orders =
    [
        "orleans locks worker", "locks orleans worker", "orleans worker locks", "locks worker orleans", "worker orleans locks", "worker locks orleans",
    ];

    public async Task InitializeAsync()
    {
        var siloPort = FreePort.Find();
        var builder = NewBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort, _gatewayPort).AddLockGrains().AddLockGrainsMemoryStorage());
        _silo = builder.Build();
        await _silo.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _silo.StopAsync();
        _silo.Dispose();
    }

    [Fact]
    public async Task Stop_WorkerCleansUp_NeverTwoAtWork()
    {
        var stops = Read("LOCKGRAINS_STOPS", Orders.Length * 2);
        var cleanUp = TimeSpan.FromMilliseconds(Read("LOCKGRAINS_CLEANUP_MS", 200));
        var present = await StartAsync(0, cleanUp);
        await present.Job.AtWork.Task.WithinPatienceAsync("first worker");
        for (var number = 0; number < stops; number++)
        {
            var next = await StartAsync(number + 1, cleanUp);
            var startedAt = TimeProvider.System.GetTimestamp();
            await present.Host.StopAsync();
            var took = TimeProvider.System.GetElapsedTime(startedAt);
            present.Host.Dispose();
            await next.Job.AtWork.Task.WithinPatienceAsync("next worker");
            output.WriteLine($"{present.Job.Name}: stopped in {took.TotalMilliseconds:0} ms; next at work after {TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds:0} ms");
            AssertCalm(present);
            present = next;
        }

        await present.Host.StopAsync();
        present.Host.Dispose();
        Assert.Empty(_log.FindOverlaps());
        Assert.Equal(stops + 1, _log.Works.Count);
        Assert.DoesNotContain(_log.Works, work => work.EndedAt == long.MaxValue);
    }

    /// <summary>Only where the worker could not know in time is anything left, and there alone is it told.</summary>
    private static void AssertCalm(Run run)
    {
        var loud = run.Logs.Entries.Where(entry => entry.Level > LogLevel.Information).ToArray();
        if (run.WorkerKnowsInTime)
            Assert.Empty(loud);
        else
            Assert.Equal("LeftToTheirLeases", Assert.Single(loud).Event);
    }

    private async Task<Run> StartAsync(int number, TimeSpan cleanUp)
    {
        var order = Orders[number % Orders.Length];
        var isConcurrent = number / Orders.Length % 2 == 1;
        var name = $"worker {number} ({order}, {(isConcurrent ? "at the same time" : "one after another")})";
        var job = new StoppedWorker.Job(_key, name, _log, cleanUp);
        var logs = new LogCollector();
        var builder = NewBuilder();
        builder.Logging.AddProvider(logs);
        builder.Services.Configure<HostOptions>(options => options.ServicesStopConcurrently = isConcurrent);
        builder.Services.AddSingleton(job);
        foreach (var part in order.Split(' '))
            _ = part switch
            {
                "orleans" => builder.UseOrleansClient(client => client.UseLocalhostClustering(_gatewayPort)).Services,
                "locks" => builder.Services.AddLockGrainsClient(options => (options.Lease, options.StopTimeout) = (TimeSpan.FromSeconds(4), GetLimit(order, isConcurrent))),
                _ => builder.Services.AddHostedService<StoppedWorker>(),
            };
        var host = builder.Build();
        await host.StartAsync();
        return new Run(host, job, logs, WorkerKnowsInTime(order, isConcurrent));
    }

    private static bool WorkerKnowsInTime(string order, bool isConcurrent) =>
        isConcurrent || order.IndexOf("orleans", StringComparison.Ordinal) < order.IndexOf("worker", StringComparison.Ordinal);

    // Where the worker hears of the stop only afterwards, the time for it is waited for in vain.
    private static TimeSpan GetLimit(string order, bool isConcurrent) =>
        TimeSpan.FromMilliseconds(WorkerKnowsInTime(order, isConcurrent) ? 10_000 : 100);

    private static int Read(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static HostApplicationBuilder NewBuilder() =>
        Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });

    private sealed record Run(IHost Host, StoppedWorker.Job Job, LogCollector Logs, bool WorkerKnowsInTime);
}
