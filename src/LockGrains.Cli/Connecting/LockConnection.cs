using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Messaging;

namespace LockGrains.Cli.Connecting;

/// <summary>
/// A client of the cluster for the length of one command. Built without a generic host: its configuration files, environment and
/// lifetime would cost a short-lived process more than they give.
/// </summary>
internal sealed class LockConnection : IAsyncDisposable
{
    // A goodbye is a courtesy: the silos notice a closed connection anyway, and nobody should wait for it.
    private static readonly TimeSpan StopWait = TimeSpan.FromMilliseconds(250);

    private readonly IHostedService[] _services;
    private readonly TimeProvider _timeProvider;

    private LockConnection(ILockClient client, IGrainFactory grains, IHostedService[] services, TimeProvider timeProvider)
    {
        Client = client;
        Grains = grains;
        _services = services;
        _timeProvider = timeProvider;
    }

    public ILockClient Client { get; }

    public IGrainFactory Grains { get; }

    /// <summary>Connects to the cluster, trying for <see cref="ConnectionSettings.RetryFor"/>.</summary>
    /// <param name="settings">Where the silos are.</param>
    /// <param name="log">Where Orleans' own warnings go; null to drop them.</param>
    /// <param name="timeProvider">The clock of the retries.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <param name="resolve">Looks up a gateway's name; null for the system's way.</param>
    /// <exception cref="CliException">No silo answered: <see cref="ExitCode.Unavailable"/>.</exception>
    public static async Task<LockConnection> OpenAsync(
        ConnectionSettings settings,
        TextWriter? log,
        TimeProvider timeProvider,
        CancellationToken cancellationToken,
        Func<GatewayAddress, CancellationToken, Task<IReadOnlyList<IPEndPoint>>>? resolve = null)
    {
        using var patience = new CancellationTokenSource(settings.RetryFor, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var filter = new ConnectRetryFilter(timeProvider, settings.RetryFor);
        try
        {
            // A name that nobody knows is a mistake more often than a server that is yet to come.
            var gateways = new GatewayNames(settings.Gateways, resolve);
            if (settings.Redis is null) await gateways.ResolveAsync(either.Token);
            var provider = Build(settings, gateways, filter, log);
            var services = provider.GetServices<IHostedService>().ToArray();
            foreach (var service in services)
            {
                await service.StartAsync(either.Token);
            }

            // A start that was cancelled between two attempts returns as if it had succeeded.
            either.Token.ThrowIfCancellationRequested();
            return new LockConnection(
                provider.GetRequiredService<ILockClient>(), provider.GetRequiredService<IClusterClient>(), services, timeProvider);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (Exception exception) when (exception is not CliException && !cancellationToken.IsCancellationRequested)
        {
            var cause = ConnectFailure.NamesACause(exception) && exception is not OperationCanceledException
                ? exception : filter.LastFailure ?? exception;
            throw new CliException(
                ExitCode.Unavailable,
                ConnectFailure.Describe(settings, cause),
                cause);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(StopWait, _timeProvider);
        // In reverse, as a host would: the locks are let go before the connection is.
        foreach (var service in _services.AsEnumerable().Reverse())
        {
            try
            {
                await service.StopAsync(soon.Token).WaitAsync(soon.Token);
            }
            catch (Exception)
            {
                // What could be released was released before; the process ends next.
            }
        }
    }

    private static ServiceProvider Build(ConnectionSettings settings, GatewayNames gateways, ConnectRetryFilter filter, TextWriter? log)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging =>
        {
            if (log is not null)
            {
                logging.AddProvider(new LineLoggerProvider(log)).SetMinimumLevel(LogLevel.Warning);
            }
        });
        services.AddOrleansClient(orleans =>
        {
            orleans.Configure<ClusterOptions>(options =>
            {
                options.ClusterId = settings.ClusterId;
                options.ServiceId = settings.ServiceId;
            });
            if (settings.Redis is { } redis)
            {
                orleans.UseRedisClustering(options => options.ConfigurationOptions = RedisText.Parse(redis));
            }
            else
            {
                orleans.Services.AddSingleton<IGatewayListProvider>(gateways);
            }
        });
        services.AddSingleton<IClientConnectionRetryFilter>(filter);
        services.AddLockGrainsClient(options => options.UnavailableTimeout = settings.RetryFor);
        return services.BuildServiceProvider();
    }
}
