using System.Net;

namespace LockGrains.Chaos;

/// <summary>Where a process runs: a network namespace with an address of its own, or just loopback.</summary>
internal sealed record Place(string Name, IPAddress Address, string? Namespace)
{
    /// <summary>The command that runs another one there.</summary>
    public IReadOnlyList<string> Command(IEnumerable<string> command) => Namespace is null ? [.. command] : ["ip", "netns", "exec", Namespace, .. command];
}
