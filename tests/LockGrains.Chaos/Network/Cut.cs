using System.Net;

namespace LockGrains.Chaos;

/// <summary>Packets that a place does not send, or does not receive.</summary>
/// <param name="Peers">From and to whom; null for everybody.</param>
/// <param name="Receives">Whether what comes from them is dropped.</param>
/// <param name="Sends">Whether what goes to them is dropped.</param>
/// <param name="Port">Only this port of the other side; 0 for all.</param>
internal sealed record Cut(IReadOnlyCollection<IPAddress>? Peers, bool Receives = true, bool Sends = true, int Port = 0)
{
    /// <summary>The rules for nft.</summary>
    public string ToRules()
    {
        var peers = Peers is null ? "" : "{ " + string.Join(", ", Peers) + " }";
        var incoming = (Peers is null ? "" : $"ip saddr {peers} ") + (Port == 0 ? "" : $"tcp sport {Port} ") + "drop";
        var outgoing = (Peers is null ? "" : $"ip daddr {peers} ") + (Port == 0 ? "" : $"tcp dport {Port} ") + "drop";

        // Its own loopback is no network.
        return "table inet chaos {\n"
            + $"chain receives {{ type filter hook input priority 0; iif lo accept; {(Receives ? incoming : "")}\n}}\n"
            + $"chain sends {{ type filter hook output priority 0; oif lo accept; {(Sends ? outgoing : "")}\n}}\n}}\n";
    }
}
