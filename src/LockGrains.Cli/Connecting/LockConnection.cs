using System.Net;
using System.Net.Sockets;

namespace LockGrains.Cli.Connecting;

/// <summary>A client for the length of one command. Its first call is the first that a server hears of it.</summary>
internal sealed class LockConnection : IAsyncDisposable
{
    // A goodbye is a courtesy: what could be released was released before, and nobody should wait for it.
    private static readonly TimeSpan StopWait = TimeSpan.FromMilliseconds(250);

    private readonly LockClient _client;
    private readonly TimeProvider _timeProvider;

    private LockConnection(LockClient client, PlainCalls calls, TimeProvider timeProvider)
    {
        _client = client;
        _timeProvider = timeProvider;
        Calls = calls;
    }

    public ILockClient Client => _client;

    /// <summary>The calls that are of no lock.</summary>
    public PlainCalls Calls { get; }

    /// <summary>Makes a client.</summary>
    /// <param name="settings">Where the servers are.</param>
    /// <param name="revokeReason">Why it revokes, for the silo's audit log; null for no reason.</param>
    /// <param name="log">Where the client's own warnings go; null to drop them.</param>
    /// <param name="timeProvider">The clock of the retries.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <exception cref="CliException">No server has a name that anybody knows: <see cref="ExitCode.Unavailable"/>.</exception>
    public static async Task<LockConnection> OpenAsync(
        ConnectionSettings settings, string? revokeReason, TextWriter? log, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        await ThrowIfUnknownAsync(settings.Servers, cancellationToken);
        var options = new HttpLockClientOptions { Servers = settings.Servers, AccessKey = settings.AccessKey, RevokeReason = revokeReason };
        if (settings.OperatorKey is { } key)
            options.Handler = new OperatorKeyHandler(key, Connections.Make(options));
        var client = LockClient.Create(
            options, new LockClientOptions { UnavailableTimeout = settings.RetryFor }, loggerFactory: log is null ? null : new LineLoggerFactory(log));

        // Such a call is given up with lockgrains, and not later.
        var plain = new HttpLockClientOptions { Servers = options.Servers, AccessKey = options.AccessKey, Handler = options.Handler };
        if (settings.RetryFor < plain.CallTimeout)
            plain.CallTimeout = settings.RetryFor;
        return new LockConnection(client, new PlainCalls(settings, plain, timeProvider), timeProvider);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Calls.Dispose();
        try
        {
            await _client.DisposeAsync().AsTask().WaitAsync(StopWait, _timeProvider);
        }
        catch (TimeoutException)
        {
            // The process ends next.
        }
    }

    /// <summary>A name that nobody knows is a mistake more often than a server that is yet to come. One that is known is enough.</summary>
    private static async Task ThrowIfUnknownAsync(IReadOnlyList<string> servers, CancellationToken cancellationToken)
    {
        SocketException? unknown = null;
        foreach (var server in servers)
        {
            if (ServerAddress.FindName(server) is not { } name)
                return;

            try
            {
                await Dns.GetHostAddressesAsync(name, cancellationToken);
                return;
            }
            catch (SocketException exception)
            {
                unknown = exception;
            }
        }

        throw new CliException(ExitCode.Unavailable, $"no server was found at {string.Join(", ", servers)}: {unknown?.Message}", unknown);
    }
}
