using System.Net;
using System.Net.Sockets;
using Orleans.Messaging;

namespace LockGrains.Silo.Front;

/// <summary>
/// The gateways that are known by name. A name stands for all of its addresses, and is looked up again and again: a silo that was moved
/// is found where it is now.
/// </summary>
internal sealed class GatewayNames : IGatewayListProvider
{
    private readonly IReadOnlyList<GatewayAddress> _names;
    private readonly Func<GatewayAddress, CancellationToken, Task<IReadOnlyList<IPEndPoint>>> _resolve;

    /// <summary>Makes the list.</summary>
    /// <param name="names">The names, in the order in which they were given.</param>
    /// <param name="resolve">Looks one up; null for the system's way.</param>
    public GatewayNames(
        IReadOnlyList<GatewayAddress> names, Func<GatewayAddress, CancellationToken, Task<IReadOnlyList<IPEndPoint>>>? resolve = null)
    {
        _names = names;
        _resolve = resolve ?? (static (name, cancellationToken) => name.ResolveAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public TimeSpan MaxStaleness => TimeSpan.Zero;

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <inheritdoc/>
    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <summary>All addresses of all names. A name that is unknown is passed over: it may be known the next time.</summary>
    public async Task<IList<Uri>> GetGateways()
    {
        var addresses = new List<IPEndPoint>();
        foreach (var name in _names)
        {
            try
            {
                addresses.AddRange(await _resolve(name, CancellationToken.None));
            }
            catch (SocketException)
            {
                // Without any address Orleans asks again, until the patience of a start is over.
            }
        }

        return [.. addresses.Distinct().Select(address => address.ToGatewayUri())];
    }
}
