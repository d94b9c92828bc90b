using System.Net;
using System.Net.Sockets;

namespace LockGrains.Testing.Servers;

/// <summary>
/// A loopback port that nobody listens on now. Another process may take it before it is used. The system gives ports out in turn, so that is
/// unlikely enough for a test.
/// </summary>
public static class FreePort
{
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
