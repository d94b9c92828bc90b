using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace LockGrains.TestKit.Servers;

/// <summary>
/// A loopback port that nobody listens on, and that no other call, here or in another process of the tests, is given before this process ends.
/// It is none of those that the system itself gives to connections.
/// </summary>
public static class FreePort
{
    /// <summary>The first and the one after the last. Linux gives connections ports from 32768 on, Windows and macOS from 49152 on.</summary>
    private const int First = 20_000, End = 32_000;

    /// <summary>The claims of this process: a UDP socket on the same number. The system lets nobody else have it, and takes it back at our end.</summary>
    private static readonly ConcurrentBag<Socket> Claims = [];

    public static int Find()
    {
        var start = Random.Shared.Next(First, End);
        for (var count = 0; count < End - First; count++)
        {
            var port = First + ((start - First + count) % (End - First));
            if (TryClaim(port) is not { } claim)
                continue;
            Claims.Add(claim);
            return port;
        }

        throw new InvalidOperationException($"No port from {First} to {End - 1} is free.");
    }

    private static Socket? TryClaim(int port)
    {
        var claim = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ExclusiveAddressUse = true };
        try
        {
            claim.Bind(new IPEndPoint(IPAddress.Loopback, port));
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return claim;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            claim.Dispose();
            return null;
        }
    }
}
