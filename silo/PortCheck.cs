using System.Net;
using System.Net.Sockets;

namespace LockGrains.Silo;

/// <summary>
/// Says in one line that a port is taken, before Orleans says it in a hundred. Another process may still take it in between; then
/// the hundred come.
/// </summary>
internal static class PortCheck
{
    /// <exception cref="StartException">A port is in use, or the address is not this machine's.</exception>
    public static void ThrowIfTaken(SiloSettings settings)
    {
        Check(nameof(settings.HttpPort), IPAddress.Parse(settings.HttpAddress), settings.HttpPort);
        if (settings.Front)
            return;
        var advertised = settings.ResolveAdvertisedIP();
        var listen = IPAddress.IsLoopback(advertised) ? advertised : IPAddress.Any;
        Check(nameof(settings.SiloPort), listen, settings.SiloPort);
        Check(nameof(settings.GatewayPort), listen, settings.GatewayPort);
    }

    private static void Check(string name, IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
        }
        catch (SocketException exception)
        {
            throw new StartException(
                StartException.BadSettings,
                $"{SiloSettings.Section}:{name} is {port}, but that port cannot be had on {address}: {exception.Message}. "
                + "Another silo may run here; choose another port.",
                exception);
        }
    }
}
