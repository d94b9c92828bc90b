using System.Collections.Concurrent;
using LockGrains.Client.Tests.Fakes;
using LockGrains.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Tests.Leading;

/// <summary>A host with elected services over locks in memory: a process of its own, as far as the locks know.</summary>
internal sealed class ElectedHost : IAsyncDisposable
{
    public const string Key = "scheduler";

    private readonly IHost _host;

    public ElectedHost(InMemoryLocks locks, WorkerScript script, Action<IServiceCollection>? add = null, FakeClock? clock = null, Action<LockClientOptions>? client = null)
    {
        Client = locks.CreateClient(client);
        Script = script;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(script);
        builder.Services.AddSingleton(Client);
        builder.Services.AddSingleton<ILoggerFactory>(Log);
        builder.Services.AddSingleton(new ProcessEnd(Ends.Enqueue));
        builder.Services.AddHealthChecks().AddLockGrainsLeaders();
        if (clock is not null)
            builder.Services.AddSingleton<TimeProvider>(clock);
        if (add is null)
            builder.Services.AddElectedHostedService<ScriptedWorker>(Key);
        else
            add(builder.Services);
        _host = builder.Build();
        Stopping = Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
    }

    public ILockClient Client { get; }

    public WorkerScript Script { get; }

    public LogRecorder Log { get; } = new();

    /// <summary>With what words the process would have ended.</summary>
    public ConcurrentQueue<string> Ends { get; } = new();

    public IServiceProvider Services => _host.Services;

    public CancellationToken Stopping { get; }

    /// <summary>The service of <see cref="Key"/>.</summary>
    public IElectedService Service => Services.GetRequiredKeyedService<IElectedService>(Key);

    /// <summary>Makes a host and starts it.</summary>
    public static async Task<ElectedHost> StartAsync(
        InMemoryLocks locks, WorkerScript script, Action<ElectedServiceOptions>? configure = null, FakeClock? clock = null, Action<LockClientOptions>? client = null)
    {
        var host = new ElectedHost(locks, script, services => services.AddElectedHostedService<ScriptedWorker>(Key, configure), clock, client);
        await host.StartAsync();
        return host;
    }

    public Task StartAsync() => _host.StartAsync();

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    public Task<HealthReport> CheckHealthAsync() => Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(new CancellationToken(canceled: true));
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
