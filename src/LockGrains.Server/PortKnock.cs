using System.Net;
using System.Net.Sockets;

namespace LockGrains;

/// <summary>Asks a machine whether anybody listens on a port.</summary>
internal static class PortKnock
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    public static async Task<PortAnswer> AskAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

        // Closed without ceremony: it leaves nothing behind, and the other side reads no further.
        socket.LingerState = new LingerOption(true, 0);
        try
        {
            await socket.ConnectAsync(endpoint, patience.Token);
            return PortAnswer.Accepted;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused ? PortAnswer.Refused : PortAnswer.Silent;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PortAnswer.Silent;
        }
    }
}
