using System.Net;
using System.Net.Sockets;

namespace LockGrains.Benchmarks;

internal static class Ports
{
    /// <summary>A loopback port that is free now; the system gives them out in turn, so it will still be free in a moment.</summary>
    public static int FindFree()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
