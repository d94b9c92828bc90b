using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>
/// Stands around the handshakes, and tells of those that fail: the first in full, and then one line each 10 s. Who connects and says nothing fails at nothing: so do
/// the crash watch of other silos, and load balancers.
/// </summary>
internal sealed class TlsWatch(TimeSpan handshakeMax, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly OutageLog<(EndPoint? Peer, string Problem)> _refused = new(
        time, (one, more) => TlsLog.Refused(logger, one.Peer, one.Problem, more));

    private readonly OutageLog<(EndPoint? Peer, string Problem)> _failed = new(
        time, (one, more) => TlsLog.Failed(logger, one.Peer, one.Problem, more));

    /// <summary>Lets somebody in.</summary>
    public async Task AcceptAsync(ConnectionContext context, ConnectionDelegate next)
    {
        if (!await SpeaksAsync(context))
            return;
        var handshake = TlsHandshake.Begin();
        await next(context);
        if (!handshake.IsDone)
        {
            _refused.Fails((context.RemoteEndPoint, handshake.Problem is { } problem
                ? $"its certificate {problem}"
                : "it has no certificate, does not accept ours, or does not speak TLS 1.2 or 1.3."));
        }
    }

    /// <summary>Connects to somebody.</summary>
    public async Task ConnectAsync(ConnectionContext context, ConnectionDelegate next)
    {
        var handshake = TlsHandshake.Begin();
        await next(context);
        if (!handshake.IsDone)
        {
            _failed.Fails((context.RemoteEndPoint, handshake.Problem is { } problem
                ? $"its certificate {problem}"
                : "it broke the handshake off. It does not accept our certificate, or does not speak TLS."));
        }
    }

    public void Dispose()
    {
        _refused.Dispose();
        _failed.Dispose();
    }

    private async Task<bool> SpeaksAsync(ConnectionContext context)
    {
        using var patience = new CancellationTokenSource(handshakeMax, time);
        var input = context.Transport.Input;
        try
        {
            var read = await input.ReadAsync(patience.Token);
            var speaks = !read.Buffer.IsEmpty;

            // Nothing of it is taken: the handshake reads it again.
            input.AdvanceTo(read.Buffer.Start);
            return speaks;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
